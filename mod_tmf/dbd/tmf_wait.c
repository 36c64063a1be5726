#include "dbd/tmf_wait.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

/* A client may end its side and still read: what is answered in this time
 * is answered as ever. */
#define GRACE 250

apr_int64_t tmf_wait_now(void)
{
    struct timespec now = { 0, 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int tmf_wait_left(const tmf_wait_t *wait)
{
    apr_int64_t left = wait->end - tmf_wait_now();

    return left > 0 ? (int)left : 0;
}

static void note_hang_up(tmf_wait_t *wait)
{
    apr_int64_t end = tmf_wait_now() + GRACE;

    wait->client = -1;
    wait->is_gone = 1;
    if (end < wait->end) {
        wait->end = end;
    }
}

int tmf_wait_socket(tmf_wait_t *wait, int fd, int events)
{
    struct pollfd watched[2] = { { fd, (short)events, 0 },
                                 { wait->client, POLLRDHUP, 0 } };
    int left = tmf_wait_left(wait);
    int n = 0;

    while (left > 0) {
        n = poll(watched, wait->client >= 0 ? 2 : 1, left);
        if (n > 0 && watched[0].revents) {
            return 1;
        }
        if (n < 0 && errno != EINTR) {
            return 0;
        }
        if (n > 0) {
            note_hang_up(wait);
        }
        left = tmf_wait_left(wait);
    }
    return 0;
}
