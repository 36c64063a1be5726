/* A pool for each test, which is its state, below one for the program.
 * Included after cmocka.h. */
#ifndef UNIT_POOL_H
#define UNIT_POOL_H

#include <apr_general.h>
#include <apr_pools.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_pool, \
                                                   destroy_pool)

static apr_pool_t *root_pool;

static inline int make_root(void **state)
{
    (void)state;
    apr_initialize();
    apr_pool_create(&root_pool, NULL);
    return 0;
}

static inline int destroy_root(void **state)
{
    (void)state;
    apr_pool_destroy(root_pool);
    apr_terminate();
    return 0;
}

static inline int make_pool(void **state)
{
    apr_pool_t *p = NULL;

    apr_pool_create(&p, root_pool);
    *state = p;
    return 0;
}

static inline int destroy_pool(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

#endif
