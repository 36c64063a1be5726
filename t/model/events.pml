/*
 * How an event gets from the outbox to its receiver: two writers, two
 * senders that relay, claim, post and settle, a clock that ends leases
 * whenever it likes, an operator. Each transaction is cut into the steps
 * between which others can act: a row lock, what a statement sees, the
 * commit. A sender may crash at every one of them.
 *
 * What must hold is in the assertions; "run" tries with spin that it does,
 * and that each FAULT below is found. Runs are finite, since the clock's
 * whims, crashes, failures and rollbacks are: whatever happens, an end is
 * reached, and in every end all that was committed has been delivered.
 * (pan -l, compiled with -DNP, finds no run that isn't.)
 *
 * FAULT 1  a lease is settled without a look at its number
 *       2  numbers of leases begin anew with each lane
 *       3  the statement that looks for more began before the lane's lock
 *       4  the relay goes on after the last number it has seen
 *       5  lock and first delivery of a lane are of one statement
 *       6  lanes are taken whether or not they are due
 *       7  what was sent counts as delivered before it was sent
 *       8  of a lane, the last delivery is sent first
 */
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef FAULT
#define FAULT 0
#endif

#define EVENTS 3                /* numbers; the even ones are of lane 0 */
#define LANE(e) ((e) % 2)
#define NOTHING EVENTS
#define MORE(e) (e + 2 < EVENTS && event[e + 2] == pending)
#define FREE 2                  /* a lane that no sender has locked */
#define LIMIT 2                 /* attempts, then it is parked */

mtype = { absent, undone, waiting, pending, delivered };

/* the outbox and the deliveries, by number */
mtype event[EVENTS] = absent;
byte cursor;                    /* of FAULT 4 */
bool relaying;                  /* the lock of the relay */

/* lanes */
bool present[2];
bool due[2];
bool parked[2];
byte fence[2];
byte sent[2];
byte attempts[2];
byte locked[2] = FREE;

/* what a sender believes to hold; NOTHING if none */
byte holds[2] = NOTHING;
byte number[2];

/* what the receiver has seen */
bool received[EVENTS];

/* what may happen how often */
byte crashes = CRASHES;
byte failures = 2;
byte whims = 1;
byte rollbacks = 1;

/* the first event of a lane in a state, or NOTHING */
inline find_first(result, l, state)
{
    result = l;
    do
    :: result < EVENTS && event[result] != state -> result = result + 2
    :: else -> break
    od;
    if
    :: result >= EVENTS -> result = NOTHING
    :: else
    fi
}

/* A transaction that has not committed is undone, its locks are free. */
#define CRASH(l) \
    if \
    :: true \
    :: atomic { crashes > 0 -> crashes--; \
                if \
                :: locked[l] == me -> locked[l] = FREE \
                :: else \
                fi; \
                holds[me] = NOTHING; number[me] = 0; goto again } \
    fi

proctype writer(byte e)
{
    do
    :: atomic { e < EVENTS -> event[e] = waiting; e = e + 2 }
    :: atomic { e < EVENTS && rollbacks > 0 ->
                rollbacks--; event[e] = undone; e = e + 2 }
    :: atomic { e >= EVENTS -> break }
    od
}

#define WAITS(e) (event[e] == waiting && (FAULT != 4 || (e) >= cursor))

proctype sender(byte me)
{
    byte l;
    byte e;
    byte more;
    bool accepted;

again:
    atomic { l = 0; e = 0; more = 0; accepted = false };
end:
    if
    /* relay: one at a time, the first that waits */
    :: atomic { !relaying &&
                (WAITS(0) || WAITS(1) || WAITS(2)) ->
                relaying = true;
                e = 0;
                do
                :: e < EVENTS && !WAITS(e) -> e++
                :: else -> break
                od }
       if
       :: true
       :: atomic { crashes > 0 -> crashes--; relaying = false; goto again }
       fi;
       /* the lane's row is inserted, or locked and left as it is */
       atomic { !present[LANE(e)] || locked[LANE(e)] == FREE ->
                event[e] = pending;
                if
                :: !present[LANE(e)] ->
                   present[LANE(e)] = true;
                   due[LANE(e)] = true;
                   sent[LANE(e)] = NOTHING;
                   attempts[LANE(e)] = 0
                :: else
                fi;
                cursor = e + 1;
                relaying = false;
                goto again }

    /* claim: lock a lane that is due, then look for its first delivery */
    :: atomic { FAULT == 5 && present[0] && due[0] && !parked[0] ->
                l = 0; find_first(e, l, pending) }
       goto claim_locked
    :: atomic { FAULT == 5 && present[1] && due[1] && !parked[1] ->
                l = 1; find_first(e, l, pending) }
       goto claim_locked
    :: atomic { FAULT != 5 && present[0] && locked[0] == FREE && !parked[0] &&
                (due[0] || FAULT == 6) -> l = 0; locked[0] = me }
    :: atomic { FAULT != 5 && present[1] && locked[1] == FREE && !parked[1] &&
                (due[1] || FAULT == 6) -> l = 1; locked[1] = me }
    fi;
    goto claim;

claim_locked:
    if
    :: atomic { present[l] && locked[l] == FREE && due[l] && !parked[l] ->
                locked[l] = me }
    :: atomic { else -> goto again }
    fi;

claim:
    CRASH(l);
    atomic {
        if
        :: FAULT != 5 -> find_first(e, l, pending)
        :: else
        fi;
        if
        :: FAULT == 8 && MORE(e) -> e = e + 2
        :: else
        fi;
        locked[l] = FREE;
        if
        :: e == NOTHING -> present[l] = false; goto again
        :: else
        fi;
        /* no lease that is live is taken from its holder */
        assert(due[l] || holds[1 - me] != l || number[1 - me] != fence[l]);
        /* nothing is sent again after its delivery was recorded */
        assert(event[e] == pending);
        due[l] = false;
        sent[l] = e;
        /* a number that nobody remembers is as good as a new one */
        if
        :: FAULT == 2 -> fence[l]++
        :: FAULT != 2 && number[1 - me] == 1 -> fence[l] = 2
        :: FAULT != 2 && number[1 - me] != 1 -> fence[l] = 1
        fi;
        if
        :: FAULT == 7 -> event[e] = delivered
        :: else
        fi;
        holds[me] = l;
        number[me] = fence[l]
    };
    CRASH(l);

    /* post: received or not, answered or not */
    if
    :: atomic { true -> accepted = true; received[e] = true }
    :: atomic { failures > 0 -> failures--; received[e] = true }
    :: atomic { failures > 0 -> failures--; goto not_received }
    fi;
    /* the first time that something comes, all before it has come */
    atomic { assert(e < 2 || received[e - 2] || event[e - 2] == undone) };
not_received:
    CRASH(l);

    /* settle: lock the lane if the lease is ours, then look for more */
    atomic {
        if
        :: FAULT == 3 && MORE(e) -> more = 1
        :: else
        fi
    };
    atomic {
        !present[l] || locked[l] == FREE ->
        if
        :: present[l] && sent[l] != NOTHING &&
           (fence[l] == number[me] || FAULT == 1) -> locked[l] = me
        :: else -> holds[me] = NOTHING; number[me] = 0; goto again
        fi
    };
    CRASH(l);
    atomic {
        e = sent[l];
        if
        :: FAULT != 3 && MORE(e) -> more = 1
        :: else
        fi
    };
    CRASH(l);
    atomic {
        if
        :: accepted ->
           /* what is recorded as delivered has been received */
           assert(received[e]);
           event[e] = delivered;
           attempts[l] = 0;
           present[l] = more;
           due[l] = more;
           if
           :: !more -> fence[l] = 0
           :: else
           fi
        :: else ->
           attempts[l]++;
           parked[l] = attempts[l] >= LIMIT
        fi;
        sent[l] = NOTHING;
        locked[l] = FREE;
        holds[me] = NOTHING;
        number[me] = 0;
        goto again
    }
}

#define ENDS(l) (present[l] && !due[l] && !parked[l])
#define DONE(e) (event[e] == undone || parked[LANE(e)] \
                 || (event[e] == delivered && received[e]))

/* Leases and pauses end when nothing else can happen, or earlier. When none
 * is left only parked lanes have something to deliver, and the operator
 * resumes them. */
proctype clock()
{
    do
    :: atomic { whims > 0 && ENDS(0) -> whims--; due[0] = true }
    :: atomic { whims > 0 && ENDS(1) -> whims--; due[1] = true }
    :: atomic { timeout ->
                if
                :: ENDS(0) -> due[0] = true
                :: ENDS(1) -> due[1] = true
                :: else ->
                   assert(DONE(0) && DONE(1) && DONE(2));
                   if
                   :: parked[0] -> parked[0] = false; attempts[0] = 0
                   :: parked[1] -> parked[1] = false; attempts[1] = 0
                   :: else -> break
                   fi
                fi }
    od
}

init
{
    atomic {
        run writer(0);
        run writer(1);
        run sender(0);
        run sender(1);
        run clock()
    }
}
