#include "base/tmf_number.h"

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Past the string whose opening quote stands at i. */
static apr_size_t skip_string(const char *s, apr_size_t n, apr_size_t i)
{
    for (i++; i < n && s[i] != '"'; i++) {
        if (s[i] == '\\') {
            i++;
        }
    }
    return i < n ? i + 1 : n;
}

/** How many digits of a number as it is written. */
typedef struct digits_t {
    apr_int64_t whole;        /* before the point, from the first but 0 */
    apr_int64_t fraction;     /* behind the point */
    apr_int64_t zeros;        /* of these before any other digit */
} digits_t;

/* Past the digits that start at *i. */
static digits_t scan_digits(const char *s, apr_size_t n, apr_size_t *i)
{
    digits_t digits = { 0, 0, 0 };
    int is_behind = 0;
    int is_zero = 1;

    for (; *i < n && (is_digit(s[*i]) || s[*i] == '.' || s[*i] == '-'); ++*i) {
        if (is_digit(s[*i])) {
            is_zero = is_zero && s[*i] == '0';
            digits.whole += !is_behind && !is_zero;
            digits.fraction += is_behind;
            digits.zeros += is_behind && is_zero;
        }
        is_behind = is_behind || s[*i] == '.';
    }
    return digits;
}

/* The digits of a number when it is written without an exponent, as jsonb
 * writes it: zeros behind the point stay, 0.5 has one before it. */
static apr_int64_t plain_digits(const digits_t *digits, int exponent)
{
    apr_int64_t whole = exponent
        + (digits->whole > 0 ? digits->whole : -digits->zeros);
    apr_int64_t fraction = digits->fraction - exponent;

    return (whole > 1 ? whole : 1) + (fraction > 0 ? fraction : 0);
}

/* Past the exponent that may start at *i.
 * @return 0 if it is out of bounds. */
static int scan_exponent(const char *s, apr_size_t n, apr_size_t *i,
                         int *exponent)
{
    int sign = 1;

    *exponent = 0;
    if (*i >= n || (s[*i] != 'e' && s[*i] != 'E')) {
        return 1;
    }
    ++*i;
    if (*i < n && (s[*i] == '+' || s[*i] == '-')) {
        sign = s[*i] == '-' ? -1 : 1;
        ++*i;
    }
    for (; *i < n && is_digit(s[*i]); ++*i) {
        *exponent = *exponent * 10 + (s[*i] - '0');
        if (*exponent > TMF_NUMBER_EXPONENT) {
            return 0;
        }
    }
    *exponent *= sign;
    return 1;
}

/* Past the number that starts at *i; its bound. */
static tmf_bound_t scan_number(const char *s, apr_size_t n, apr_size_t *i)
{
    digits_t digits = scan_digits(s, n, i);
    int exponent = 0;

    if (!scan_exponent(s, n, i, &exponent)) {
        return TMF_BOUND_EXPONENT;
    }
    return plain_digits(&digits, exponent) > TMF_NUMBER_DIGITS
        ? TMF_BOUND_DIGITS : TMF_BOUND_KEPT;
}

/** Where a scan is among objects and arrays. */
typedef struct nesting_t {
    int depth;
    int values;
} nesting_t;

/* A value more for each that an object or array begins with, and for each
 * comma: empty ones count as well. */
static tmf_bound_t scan_mark(char c, nesting_t *nesting)
{
    int opens = c == '{' || c == '[';

    nesting->depth += opens;
    nesting->depth -= nesting->depth > 0 && (c == '}' || c == ']');
    nesting->values += opens || c == ',';
    if (nesting->depth > TMF_JSON_DEPTH) {
        return TMF_BOUND_DEPTH;
    }
    return nesting->values > TMF_JSON_VALUES ? TMF_BOUND_VALUES
                                             : TMF_BOUND_KEPT;
}

tmf_bound_t tmf_number_scan(const char *json, apr_size_t n,
                            apr_size_t *offset)
{
    nesting_t nesting = { 0, 0 };
    apr_size_t i = 0;

    while (i < n) {
        char c = json[i];
        apr_size_t start = i;
        tmf_bound_t bound = TMF_BOUND_KEPT;

        if (c == '"') {
            i = skip_string(json, n, i);
            continue;
        }
        if (is_digit(c) || c == '-') {
            bound = scan_number(json, n, &i);
        }
        else {
            bound = scan_mark(c, &nesting);
            i++;
        }
        if (bound != TMF_BOUND_KEPT) {
            *offset = start;
            return bound;
        }
    }
    return TMF_BOUND_KEPT;
}

static apr_size_t skip_digits(const char *s, apr_size_t n, apr_size_t i)
{
    while (i < n && is_digit(s[i])) {
        i++;
    }
    return i;
}

int tmf_number_valid(const char *s, apr_size_t n)
{
    apr_size_t offset = 0;
    apr_size_t start = n && s[0] == '-' ? 1 : 0;
    apr_size_t i = skip_digits(s, n, start);

    if (i == start || (s[start] == '0' && i - start > 1)) {
        return 0;
    }
    if (i < n && s[i] == '.') {
        start = i + 1;
        i = skip_digits(s, n, start);
        if (i == start) {
            return 0;
        }
    }
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        i += i < n && (s[i] == '+' || s[i] == '-');
        start = i;
        i = skip_digits(s, n, start);
        if (i == start) {
            return 0;
        }
    }
    return i == n && tmf_number_scan(s, n, &offset) == TMF_BOUND_KEPT;
}
