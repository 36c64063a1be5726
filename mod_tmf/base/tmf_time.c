#include "base/tmf_time.h"

#include <string.h>

#include <apr_strings.h>

#define FRACTION_MAX 9

/* The year 10000 has no RFC 3339 text: one that becomes its first instant
 * when it is rounded to microseconds. */
#define END_OF_TIME "9999-12-31T23:59:59.9999999Z"

/* The fields of a time in order of precision. */
enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FIELDS };

typedef struct parsed_t {
    int field[FIELDS];
    int fields;               /* how many were given */
    const char *fraction;     /* digits after the second */
    int n_fraction;           /* their number, 0: none given */
    char zone;                /* '+', '-', 'Z', or 0: none given */
    int zone_hour;
    int zone_minute;
} parsed_t;

typedef struct rule_t {
    const char *before;       /* separators that may precede the field */
    int digits;
    int low;
    int high;
} rule_t;

static const rule_t rules[FIELDS] = {
    { NULL, 4, 0, 9999 },
    { "-", 2, 1, 12 },
    { "-", 2, 1, 31 },
    { "Tt ", 2, 0, 23 },
    { ":", 2, 0, 59 },
    { ":", 2, 0, 60 }
};

static const int first_of_field[FIELDS] = { 1, 1, 1, 0, 0, 0 };

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30,
                                31, 31, 30, 31, 30, 31 };
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Read exactly n digits; -1 if there are fewer. */
static int read_digits(const char **s, int n)
{
    int value = 0;

    for (; n > 0; n--, ++*s) {
        if (**s < '0' || **s > '9') {
            return -1;
        }
        value = value * 10 + (**s - '0');
    }
    return value;
}

/* Read "Z" or an offset. False if what stands there is neither. */
static int read_zone(const char **s, parsed_t *time)
{
    if (**s == 'Z' || **s == 'z') {
        time->zone = 'Z';
        ++*s;
        return 1;
    }
    if (**s != '+' && **s != '-') {
        return 0;
    }
    time->zone = *(*s)++;
    time->zone_hour = read_digits(s, 2);
    if (time->zone_hour < 0 || time->zone_hour > 15) {
        return 0;
    }
    *s += **s == ':';
    time->zone_minute = read_digits(s, 2);
    return time->zone_minute >= 0 && time->zone_minute <= 59;
}

/* Read a point and the digits after it. */
static int read_fraction(const char **s, parsed_t *time)
{
    time->fraction = ++*s;
    while (**s >= '0' && **s <= '9') {
        ++*s;
    }
    if (*s - time->fraction > FRACTION_MAX) {
        return 0;
    }
    time->n_fraction = (int)(*s - time->fraction);
    return time->n_fraction > 0;
}

static int read_fields(const char **s, parsed_t *time)
{
    int i = 0;

    for (i = 0; i < FIELDS; i++) {
        const rule_t *rule = &rules[i];

        if (rule->before) {
            if (!**s || !strchr(rule->before, **s)) {
                break;
            }
            ++*s;
        }
        time->field[i] = read_digits(s, rule->digits);
        if (time->field[i] < rule->low || time->field[i] > rule->high) {
            return 0;
        }
    }
    time->fields = i;
    for (; i < FIELDS; i++) {
        time->field[i] = first_of_field[i];
    }
    return time->field[YEAR] > 0 && time->field[DAY]
        <= days_of_month(time->field[YEAR], time->field[MONTH]);
}

/* Read a whole time or a leading part of one. */
static int parse(const char *s, parsed_t *time)
{
    memset(time, 0, sizeof(*time));
    if (!read_fields(&s, time)) {
        return 0;
    }
    if (time->fields == FIELDS && *s == '.' && !read_fraction(&s, time)) {
        return 0;
    }
    if (*s && time->fields > HOUR + 1 && !read_zone(&s, time)) {
        return 0;
    }
    return *s == '\0';
}

int tmf_time_valid(const char *s)
{
    parsed_t time;

    return parse(s, &time)
        && (time.fields == DAY + 1 || time.fields >= MINUTE + 1);
}

int tmf_date_valid(const char *s)
{
    parsed_t time;

    return parse(s, &time) && time.fields == DAY + 1;
}

/* Add one to the last given field, with carry. False at the end of the
 * year 9999. */
static int advance(parsed_t *time)
{
    int i = time->fields - 1;

    for (; i >= YEAR; i--) {
        int last = i == DAY
            ? days_of_month(time->field[YEAR], time->field[MONTH])
            : i == SECOND ? 59 : rules[i].high;

        if (time->field[i] < last) {
            time->field[i]++;
            return 1;
        }
        time->field[i] = first_of_field[i];
    }
    return 0;
}

/* A leap second is the second after :59, as tmf.instant() has it. */
static int settle(parsed_t *time)
{
    if (time->field[SECOND] < 60) {
        return 1;
    }
    time->field[SECOND] = 59;
    return advance(time);
}

static const char *print_zone(apr_pool_t *p, const parsed_t *time)
{
    if (time->zone != '+' && time->zone != '-') {
        return "Z";
    }
    return apr_psprintf(p, "%c%02d:%02d", time->zone, time->zone_hour,
                        time->zone_minute);
}

static const char *print(apr_pool_t *p, const parsed_t *time)
{
    const int *field = time->field;

    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02d%s%.*s%s",
                        field[YEAR], field[MONTH], field[DAY], field[HOUR],
                        field[MINUTE], field[SECOND],
                        time->n_fraction ? "." : "", time->n_fraction,
                        time->n_fraction ? time->fraction : "",
                        print_zone(p, time));
}

int tmf_time_period(apr_pool_t *p, const char *s, const char **from,
                    const char **to)
{
    parsed_t time;

    if (!parse(s, &time) || !settle(&time)) {
        return 0;
    }
    *from = print(p, &time);
    if (time.n_fraction || time.zone) {
        *to = NULL;
        return 1;
    }
    *to = advance(&time) ? print(p, &time) : END_OF_TIME;
    return 1;
}
