#include "api/tmf_regex.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tmf_text.h"

#define CLASS_SYNTAX "\\[]^-"
#define SYNTAX "\\.[]{}()*+?^$|"

/* A part of a pattern, as its repetition sees it. */
typedef struct part_t {
    int atoms;                /* characters and classes, expanded */
    int has_anchor;
    int has_quantifier;
} part_t;

typedef struct reader_t {
    apr_pool_t *p;
    const char *pattern;
    const char *at;
    int quantifiers;
    int anchors;
    int depth;
    tmf_text_t *text;
    tmf_regex_fault_t *fault;
} reader_t;

static int refuse_at(const reader_t *reader, const char *at,
                     const char *rule)
{
    const char *c = NULL;
    int position = 1;

    for (c = reader->pattern; c < at; c++) {
        position += ((unsigned char)c[1] & 0xC0) != 0x80;
    }
    reader->fault->rule = rule;
    reader->fault->position = position;
    return 0;
}

static int refuse(const reader_t *reader, const char *rule)
{
    return refuse_at(reader, reader->at, rule);
}

/* --- characters --------------------------------------------------------- */

static int is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z');
}

/* The bytes of the character at s, which is UTF-8. */
static apr_size_t character_length(const char *s)
{
    apr_size_t n = 1;

    while (((unsigned char)s[n] & 0xC0) == 0x80) {
        n++;
    }
    return n;
}

static void put_literal(reader_t *reader, const char *s, apr_size_t n,
                        const char *syntax)
{
    if (strchr(syntax, *s)) {
        tmf_text_puts(reader->text, "\\");
    }
    tmf_text_putn(reader->text, s, n);
}

/* A character by its escape: the text that means it, or NULL. */
static const char *control_of(char c)
{
    switch (c) {
    case 't':
        return "\t";
    case 'n':
        return "\n";
    case 'r':
        return "\r";
    case 'f':
        return "\f";
    default:
        return NULL;
    }
}

/* What is in a class by its escape, or NULL. */
static const char *members_of(char c)
{
    switch (c) {
    case 'd':
    case 'D':
        return "0-9";
    case 'w':
    case 'W':
        return "A-Za-z0-9_";
    case 's':
    case 'S':
        return " \t\n\v\f\r";
    default:
        return NULL;
    }
}

static int refuse_escape(const reader_t *reader)
{
    char c = reader->at[1];

    if (!c) {
        return refuse(reader, "ends in a backslash");
    }
    if (c >= '1' && c <= '9') {
        return refuse(reader, "has a back-reference");
    }
    return refuse(reader, apr_psprintf(reader->p, "has the escape \\%c, "
                                       "which is not supported", c));
}

/* --- classes in brackets ------------------------------------------------ */

/* One character of a class. */
static int read_member(reader_t *reader, const char **member)
{
    const char *s = reader->at;

    if (!*s) {
        return refuse(reader, "has a class without its ]");
    }
    if (*s == '[' && s[1] && strchr(":.=", s[1])) {
        return refuse(reader, "has a named class, which is not supported");
    }
    if (*s == '\\') {
        const char *control = control_of(s[1]);

        if (!control && (!s[1] || is_alphanumeric(s[1]))) {
            return refuse_escape(reader);
        }
        s++;
        if (control) {
            *member = control;
            reader->at += 2;
            return 1;
        }
    }
    *member = apr_pstrmemdup(reader->p, s, character_length(s));
    reader->at = s + strlen(*member);
    return 1;
}

static int is_range(const reader_t *reader)
{
    return reader->at[0] == '-' && reader->at[1] && reader->at[1] != ']';
}

static int read_range(reader_t *reader)
{
    const char *start = reader->at;
    const char *from = NULL;
    const char *to = NULL;

    if (!read_member(reader, &from)) {
        return 0;
    }
    put_literal(reader, from, strlen(from), CLASS_SYNTAX);
    if (!is_range(reader)) {
        return 1;
    }
    reader->at++;
    if (!read_member(reader, &to)) {
        return 0;
    }
    if (strcmp(from, to) > 0) {
        return refuse_at(reader, start, "has a range that ends before it "
                         "begins");
    }
    tmf_text_puts(reader->text, "-");
    put_literal(reader, to, strlen(to), CLASS_SYNTAX);
    return 1;
}

/* \d, \w or \s: 1 if one was read. */
static int read_set(reader_t *reader)
{
    const char *s = reader->at;

    if (*s != '\\' || !s[1] || !strchr("dws", s[1])) {
        return 0;
    }
    tmf_text_puts(reader->text, members_of(s[1]));
    reader->at += 2;
    return 1;
}

static int read_class(reader_t *reader)
{
    const char *start = reader->at;
    const char *first = NULL;

    reader->at++;
    tmf_text_puts(reader->text, "[");
    if (*reader->at == '^') {
        tmf_text_puts(reader->text, "^");
        reader->at++;
    }
    first = reader->at;
    while (*reader->at != ']') {
        if (read_set(reader)) {
            if (is_range(reader)) {
                return refuse(reader, "has a range from a class");
            }
        }
        else if (!read_range(reader)) {
            return 0;
        }
    }
    if (reader->at == first) {
        return refuse_at(reader, start, "has an empty class");
    }
    tmf_text_puts(reader->text, "]");
    reader->at++;
    return 1;
}

/* --- atoms -------------------------------------------------------------- */

static int read_escape(reader_t *reader)
{
    char c = reader->at[1];
    const char *members = members_of(c);
    const char *control = control_of(c);

    if (members) {
        tmf_text_printf(reader->text, "[%s%s]", c < 'a' ? "^" : "", members);
    }
    else if (control) {
        tmf_text_puts(reader->text, control);
    }
    else if (!c || is_alphanumeric(c)) {
        return refuse_escape(reader);
    }
    else {
        apr_size_t n = character_length(reader->at + 1);

        put_literal(reader, reader->at + 1, n, SYNTAX);
        reader->at += n - 1;
    }
    reader->at += 2;
    return 1;
}

static int read_alternatives(reader_t *reader, part_t *part);

static int read_group(reader_t *reader, part_t *part)
{
    const char *start = reader->at;

    if (++reader->depth > TMF_REGEX_DEPTH) {
        return refuse(reader, "nests groups deeper than "
                      APR_STRINGIFY(TMF_REGEX_DEPTH));
    }
    reader->at++;
    if (*reader->at == '?') {
        if (reader->at[1] != ':') {
            return refuse_at(reader, start, "has a group with an option or "
                             "an assertion");
        }
        reader->at += 2;
    }
    tmf_text_puts(reader->text, "(?:");
    if (!read_alternatives(reader, part)) {
        return 0;
    }
    if (*reader->at != ')') {
        return refuse_at(reader, start, "has a group without its )");
    }
    tmf_text_puts(reader->text, ")");
    reader->at++;
    reader->depth--;
    return 1;
}

static int read_character(reader_t *reader)
{
    apr_size_t n = character_length(reader->at);

    if (strchr("*+?", *reader->at)) {
        return refuse(reader, "has a quantifier after nothing it could "
                      "repeat");
    }
    if (*reader->at == '{') {
        return refuse(reader, "has a brace that repeats nothing; a literal "
                      "one is \\{");
    }
    put_literal(reader, reader->at, n, SYNTAX);
    reader->at += n;
    return 1;
}

static int read_anchor(reader_t *reader, part_t *part)
{
    if (++reader->anchors > TMF_REGEX_ANCHORS) {
        return refuse(reader, "has more than "
                      APR_STRINGIFY(TMF_REGEX_ANCHORS) " anchors");
    }
    part->has_anchor = 1;
    tmf_text_putn(reader->text, reader->at++, 1);
    return 1;
}

static int read_atom(reader_t *reader, part_t *part)
{
    memset(part, 0, sizeof(*part));
    part->atoms = 1;
    switch (*reader->at) {
    case '^':
    case '$':
        return read_anchor(reader, part);
    case '.':
        tmf_text_putn(reader->text, reader->at++, 1);
        return 1;
    case '[':
        return read_class(reader);
    case '\\':
        return read_escape(reader);
    case '(':
        return read_group(reader, part);
    default:
        return read_character(reader);
    }
}

/* --- repetition --------------------------------------------------------- */

static int read_number(reader_t *reader, int *number)
{
    const char *start = reader->at;

    *number = 0;
    while (*reader->at >= '0' && *reader->at <= '9') {
        *number = *number * 10 + (*reader->at++ - '0');
        if (*number > TMF_REGEX_REPEAT) {
            return refuse_at(reader, start, "repeats more than "
                             APR_STRINGIFY(TMF_REGEX_REPEAT) " times");
        }
    }
    return reader->at > start
        ? 1 : refuse_at(reader, start, "has a brace without a number");
}

/* {m}, {m,} or {m,n}; times is how often it makes the engine repeat. */
static int read_braces(reader_t *reader, int *times)
{
    const char *start = reader->at++;
    int low = 0;
    int high = 0;

    if (!read_number(reader, &low)) {
        return 0;
    }
    high = low;
    *times = low;
    if (*reader->at == ',' && reader->at[1] == '}') {
        reader->at++;
        *times = low + 1;
    }
    else if (*reader->at == ',') {
        reader->at++;
        if (!read_number(reader, &high)) {
            return 0;
        }
        *times = high;
    }
    if (*reader->at != '}') {
        return refuse_at(reader, start, "has a brace without its }");
    }
    if (high < low) {
        return refuse_at(reader, start, "has a range that ends before it "
                         "begins");
    }
    reader->at++;
    tmf_text_putn(reader->text, start, (apr_size_t)(reader->at - start));
    return 1;
}

static int is_quantifier(char c)
{
    return c && strchr("*+?{", c);
}

static int read_quantifier(reader_t *reader, part_t *part)
{
    const char *start = reader->at;
    int times = 1;

    if (!is_quantifier(*start)) {
        return 1;
    }
    if (part->has_anchor) {
        return refuse(reader, "repeats an anchor");
    }
    if (part->has_quantifier) {
        return refuse(reader, "repeats a group that has a quantifier");
    }
    if (++reader->quantifiers > TMF_REGEX_QUANTIFIERS) {
        return refuse(reader, "has more than "
                      APR_STRINGIFY(TMF_REGEX_QUANTIFIERS) " quantifiers");
    }
    if (*start != '{') {
        tmf_text_putn(reader->text, reader->at++, 1);
    }
    else if (!read_braces(reader, &times)) {
        return 0;
    }
    part->atoms *= times > 0 ? times : 1;
    part->has_quantifier = 1;
    return is_quantifier(*reader->at)
        ? refuse(reader, "has a quantifier after a quantifier") : 1;
}

/* --- whole -------------------------------------------------------------- */

static int read_branch(reader_t *reader, part_t *branch)
{
    const char *start = reader->at;

    while (*reader->at && *reader->at != '|' && *reader->at != ')') {
        const char *atom = reader->at;
        part_t part = { 0, 0, 0 };

        if (!read_atom(reader, &part) || !read_quantifier(reader, &part)) {
            return 0;
        }
        branch->atoms += part.atoms;
        branch->has_anchor |= part.has_anchor;
        branch->has_quantifier |= part.has_quantifier;
        if (branch->atoms > TMF_REGEX_ATOMS) {
            return refuse_at(reader, atom, "is too large with its "
                             "repetitions written out");
        }
    }
    return reader->at > start
        ? 1 : refuse(reader, "has an empty alternative");
}

/* Recurses with the depth of groups. */
static int read_alternatives(reader_t *reader, part_t *part)
{
    memset(part, 0, sizeof(*part));
    while (read_branch(reader, part)) {
        if (*reader->at != '|') {
            return 1;
        }
        tmf_text_putn(reader->text, reader->at++, 1);
    }
    return 0;
}

const char *tmf_regex_compile(const char *pattern, apr_pool_t *p,
                              tmf_regex_fault_t *fault)
{
    reader_t reader = { p, pattern, pattern, 0, 0, 0, NULL, fault };
    part_t whole = { 0, 0, 0 };

    reader.text = tmf_text_make(p, 128, 0);
    if (!*pattern) {
        refuse(&reader, "is empty");
        return NULL;
    }
    if (strlen(pattern) > TMF_REGEX_BYTES) {
        refuse(&reader, "is longer than " APR_STRINGIFY(TMF_REGEX_BYTES)
               " bytes");
        return NULL;
    }
    if (!read_alternatives(&reader, &whole)) {
        return NULL;
    }
    if (*reader.at) {
        refuse(&reader, "has a ) without its group");
        return NULL;
    }
    return tmf_text_string(reader.text);
}
