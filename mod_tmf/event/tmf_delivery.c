#include "event/tmf_delivery.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "store/tmf_sql_send.h"

enum { FIELDS_MAX = 5 };

/* A row that is being read. */
typedef struct row_t {
    const tmf_db_t *db;
    const tmf_rows_t *rows;
    int number;
} row_t;

static const char *text(const row_t *row, int column)
{
    return row->db->value(row->rows, row->number, column, NULL);
}

/* The subscription's own before its mount's; "": none. */
static const char *find_secrets(const tmf_signer_t *signer, const row_t *row)
{
    const char *own = text(row, TMF_CLAIM_SECRETS);
    int i = 0;

    if (own && *own) {
        return own;
    }
    for (i = 0; i < signer->n_mounts; i++) {
        const tmf_mount_secrets_t *mount = &signer->mounts[i];

        if (!strcmp(mount->mount, text(row, TMF_CLAIM_MOUNT))
            && !strcmp(mount->data_set, text(row, TMF_CLAIM_DATA_SET))) {
            return mount->secrets;
        }
    }
    return "";
}

static int set_fields(const tmf_signer_t *signer, const row_t *row,
                      tmf_delivery_t *delivery)
{
    apr_pool_t *p = delivery->batch->pool;
    const char **fields = apr_pcalloc(p, FIELDS_MAX * sizeof(*fields));
    const char *secrets = find_secrets(signer, row);
    const char *signature = NULL;
    tmf_signed_t what = { delivery->event_id, NULL, delivery->post.body,
                          delivery->post.length };

    what.timestamp = apr_psprintf(p, "%" APR_TIME_T_FMT,
                                  apr_time_sec(apr_time_now()));
    if (*secrets) {
        signature = tmf_signature_make(signer->hmac, secrets, &what, p);
    }
    fields[0] = "Content-Type: application/json";
    fields[1] = apr_pstrcat(p, "webhook-id: ", what.id, NULL);
    fields[2] = apr_pstrcat(p, "webhook-timestamp: ", what.timestamp, NULL);
    if (signature) {
        fields[3] = apr_pstrcat(p, "webhook-signature: ", signature, NULL);
    }
    delivery->post.fields = fields;
    return signature || !*secrets;
}

tmf_delivery_t *tmf_delivery_make(const tmf_signer_t *signer,
                                  tmf_batch_t *batch, const tmf_db_t *db,
                                  const tmf_rows_t *rows, int row)
{
    tmf_delivery_t *delivery = apr_pcalloc(batch->pool, sizeof(*delivery));
    row_t one = { db, rows, row };

    delivery->batch = batch;
    delivery->subscription = text(&one, TMF_CLAIM_SUBSCRIPTION);
    delivery->lane = text(&one, TMF_CLAIM_LANE);
    delivery->fence = text(&one, TMF_CLAIM_FENCE);
    delivery->event_id = text(&one, TMF_CLAIM_EVENT_ID);
    delivery->attempts = (int)apr_atoi64(text(&one, TMF_CLAIM_ATTEMPTS));
    delivery->post.url = text(&one, TMF_CLAIM_CALLBACK);
    delivery->post.body = db->value(rows, row, TMF_CLAIM_BODY,
                                    &delivery->post.length);
    delivery->post.data = delivery;
    if (!set_fields(signer, &one, delivery)) {
        delivery->post.answer.failure = "the secret is not usable";
        delivery->is_over = 1;
    }
    return delivery;
}
