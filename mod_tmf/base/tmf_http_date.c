#include "base/tmf_http_date.h"

#include <string.h>

#include <apr_date.h>
#include <apr_time.h>

/* A form, with the places of its parts; they are counted from the end of the
 * day's name, which in one form has no fixed length. */
typedef struct form_t {
    const char *mask;         /* of apr_date_checkmask */
    int day;
    int month;
    int year;
    int year_digits;
    int time;
} form_t;

static const form_t short_forms[] = {
    { ", ## @$$ #### ##:##:## GMT", 2, 5, 9, 4, 14 },
    { " @$$ ~# ##:##:## ####", 5, 1, 17, 4, 8 }
};

static const form_t long_form
    = { ", ##-@$$-## ##:##:## GMT", 2, 5, 9, 2, 12 };

static const char *const day_names[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    "Saturday"
};

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

#define DAYS 7
#define MONTHS 12
#define SHORT_NAME 3          /* letters of a short name */

static int read_number(const char *digits, int n)
{
    int number = 0;

    for (; n > 0; n--, digits++) {
        number = number * 10 + (*digits == ' ' ? 0 : *digits - '0');
    }
    return number;
}

/* From 0, or -1. */
static int read_month(const char *name)
{
    int i = 0;

    for (i = 0; i < MONTHS; i++) {
        if (!strncmp(months + SHORT_NAME * i, name, SHORT_NAME)) {
            return i;
        }
    }
    return -1;
}

/* A year of two digits is the latest that isn't more than 50 years ahead. */
static int full_year(int year)
{
    apr_time_exp_t now = { 0 };
    int latest = 0;

    apr_time_exp_gmt(&now, apr_time_now());
    latest = now.tm_year + 1900 + 50;
    return latest - (latest - year) % 100;
}

static int days_of_month(int year, int month)
{
    static const int days[MONTHS] = { 31, 28, 31, 30, 31, 30,
                                      31, 31, 30, 31, 30, 31 };
    int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month] + (month == 1 && is_leap);
}

/* Days from 1 January 1970 to the first of a month. APR's own function knows
 * no dates before 1970, and "never" is sometimes written as one. */
static apr_int64_t days_before(int year, int month)
{
    apr_int64_t before = year - 1;
    apr_int64_t days = year == 0 ? -366
        : before * 365 + before / 4 - before / 100 + before / 400;
    int i = 0;

    for (i = 0; i < month; i++) {
        days += days_of_month(year, i);
    }
    return days - 719162;
}

static int read_form(const char *text, const form_t *form,
                     apr_int64_t *seconds)
{
    const char *clock = text + form->time;
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;

    if (!apr_date_checkmask(text, form->mask)) {
        return 0;
    }
    year = read_number(text + form->year, form->year_digits);
    year = form->year_digits == 2 ? full_year(year) : year;
    month = read_month(text + form->month);
    day = read_number(text + form->day, 2);
    hour = read_number(clock, 2);
    minute = read_number(clock + 3, 2);
    second = read_number(clock + 6, 2);
    if (month < 0 || day < 1 || day > days_of_month(year, month)
        || hour > 23 || minute > 59 || second > 60) {
        return 0;
    }
    *seconds = (days_before(year, month) + day - 1) * 86400
        + hour * 3600 + minute * 60 + second;
    return 1;
}

int tmf_http_date_read(const char *text, apr_int64_t *seconds)
{
    int i = 0;

    for (i = 0; i < DAYS; i++) {
        apr_size_t length = strlen(day_names[i]);

        if (!strncmp(text, day_names[i], length)) {
            return read_form(text + length, &long_form, seconds);
        }
        if (!strncmp(text, day_names[i], SHORT_NAME)) {
            text += SHORT_NAME;
            return read_form(text, &short_forms[0], seconds)
                || read_form(text, &short_forms[1], seconds);
        }
    }
    return 0;
}

const char *tmf_http_date_make(apr_int64_t seconds, apr_pool_t *p)
{
    char *text = apr_palloc(p, APR_RFC822_DATE_LEN);

    apr_rfc822_date(text, apr_time_from_sec(seconds));
    return text;
}
