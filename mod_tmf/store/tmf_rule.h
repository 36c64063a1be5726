/* What must hold for the result of a patch. */
#ifndef TMF_RULE_H
#define TMF_RULE_H

#include "api/tmf_plan.h"

/**
 * The rule of a plan to patch, as tmf.patch_faults() in sql/0001_base.sql
 * describes it.
 * @return JSON text from p.
 */
const char *tmf_rule_json(const tmf_plan_t *plan, apr_pool_t *p);

#endif
