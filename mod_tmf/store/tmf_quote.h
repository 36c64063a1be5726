/* Names and texts of a definition inside SQL. What a client sends is never
 * quoted: it travels as $n. */
#ifndef TMF_QUOTE_H
#define TMF_QUOTE_H

#include <apr_tables.h>

/* Texts are indexed by so many characters: a row of a b-tree can't hold more
 * than 2704 bytes, and a write must not fail for a long text. */
#define TMF_QUOTE_PREFIX 512

/** An identifier; always in quotes: any name may be a key word. */
const char *tmf_quote_identifier(const char *name, apr_pool_t *p);

/** A string literal, right under standard_conforming_strings. */
const char *tmf_quote_literal(const char *text, apr_pool_t *p);

/** An array of texts in PostgreSQL's text form: {a,"b c"}. */
const char *tmf_quote_array(int n, const char *const *texts, apr_pool_t *p);

/** The same of a list of const char *. */
const char *tmf_quote_list(const apr_array_header_t *texts, apr_pool_t *p);

/** The operand of -> for one name, of #> for more: 'a' or '{a,b}'. */
const char *tmf_quote_path(int n, const char *const *names, apr_pool_t *p);

#endif
