#include "dbd/tmf_gate.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

struct tmf_gate_t {
    sem_t places;
    pthread_mutex_t door;
};

static apr_status_t destroy(void *data)
{
    tmf_gate_t *gate = data;

    sem_destroy(&gate->places);
    pthread_mutex_destroy(&gate->door);
    return APR_SUCCESS;
}

tmf_gate_t *tmf_gate_make(int width, apr_pool_t *p)
{
    tmf_gate_t *gate = apr_pcalloc(p, sizeof(*gate));

    if (sem_init(&gate->places, 0, (unsigned int)width) != 0) {
        return NULL;
    }
    if (pthread_mutex_init(&gate->door, NULL) != 0) {
        sem_destroy(&gate->places);
        return NULL;
    }
    apr_pool_cleanup_register(p, gate, destroy, apr_pool_cleanup_null);
    return gate;
}

/* Semaphores and mutexes wait by the clock on the wall. */
static struct timespec until(const tmf_wait_t *wait)
{
    struct timespec end = { 0, 0 };
    int left = tmf_wait_left(wait);

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += left / 1000;
    end.tv_nsec += (long)(left % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return end;
}

int tmf_gate_enter(tmf_gate_t *gate, const tmf_wait_t *wait)
{
    struct timespec end = { 0, 0 };
    int rv = sem_trywait(&gate->places);

    if (rv != 0) {
        end = until(wait);
        do {
            rv = sem_timedwait(&gate->places, &end);
        } while (rv != 0 && errno == EINTR);
    }
    return rv == 0;
}

void tmf_gate_leave(tmf_gate_t *gate)
{
    sem_post(&gate->places);
}

int tmf_gate_open(tmf_gate_t *gate, const tmf_wait_t *wait)
{
    struct timespec end = { 0, 0 };

    if (pthread_mutex_trylock(&gate->door) == 0) {
        return 1;
    }
    end = until(wait);
    return pthread_mutex_timedlock(&gate->door, &end) == 0;
}

void tmf_gate_close(tmf_gate_t *gate)
{
    pthread_mutex_unlock(&gate->door);
}
