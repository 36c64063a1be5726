/* One attempt to deliver, as the rounds see it; net/ is behind it. */
#ifndef TMF_POST_H
#define TMF_POST_H

#include <apr.h>

/** What came of an attempt. */
typedef struct tmf_answer_t {
    int status;               /* of HTTP; 0: none came */
    apr_int64_t retry_after;  /* seconds that the receiver asks for; 0: none */
    const char *failure;      /* why there is no status: static text, never
                                 a word of the receiver's; or NULL */
} tmf_answer_t;

/** A POST. What it points to is the caller's, and stays until it is taken
 *  back. */
typedef struct tmf_post_t tmf_post_t;

struct tmf_post_t {
    const char *url;
    const char *const *fields;    /* "name: value"; NULL after the last */
    const char *body;
    apr_size_t length;
    void *data;               /* the caller's */
    tmf_answer_t answer;      /* filled in */
    tmf_post_t *next;         /* the poster's */
};

/** Who sends, in the background. */
typedef struct tmf_poster_t tmf_poster_t;

struct tmf_poster_t {
    /** Begin. Whatever is wrong with it is its answer, later. */
    void (*start)(tmf_poster_t *poster, tmf_post_t *post);

    /** One that has ended, with its answer; NULL: none has. */
    tmf_post_t *(*take)(tmf_poster_t *poster);
};

#endif
