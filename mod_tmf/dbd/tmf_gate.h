/* The way to mod_dbd's connections, which waits for ever where there are
 * none left, and lets nobody through while it connects. Here waiting has an
 * end. A gate is of one process. */
#ifndef TMF_GATE_H
#define TMF_GATE_H

#include <apr_pools.h>

#include "dbd/tmf_wait.h"

typedef struct tmf_gate_t tmf_gate_t;

/**
 * Make a gate, before the process is forked.
 * @param width so many are inside at most.
 * @return NULL if that failed.
 */
tmf_gate_t *tmf_gate_make(int width, apr_pool_t *p);

/** Go in; tmf_gate_leave must follow. @return 0 if the time was up. */
int tmf_gate_enter(tmf_gate_t *gate, const tmf_wait_t *wait);

/** Go out. */
void tmf_gate_leave(tmf_gate_t *gate);

/** From the inside: be the one who asks mod_dbd; tmf_gate_close must
 *  follow. @return 0 if the time was up. */
int tmf_gate_open(tmf_gate_t *gate, const tmf_wait_t *wait);

/** Let the next one ask. */
void tmf_gate_close(tmf_gate_t *gate);

#endif
