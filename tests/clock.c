/* Another clock for a process and all that it starts, by LD_PRELOAD: CLOCK_BY seconds away from the true one, and where
   CLOCK_BACK is set, so many seconds before that from the third second of each process on. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long begun = -1;

static long long away(void) {
    const char *by = getenv("CLOCK_BY"), *back = getenv("CLOCK_BACK");
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    if (begun < 0) begun = now.tv_sec;
    return (by ? atoll(by) : 0) - (back && now.tv_sec - begun >= 3 ? atoll(back) : 0);
}

int clock_gettime(clockid_t clock, struct timespec *found) {
    int failed = (int)syscall(SYS_clock_gettime, clock, found);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) found->tv_sec += away();
    return failed;
}

time_t time(time_t *into) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (into) *into = found.tv_sec;
    return found.tv_sec;
}

int gettimeofday(struct timeval *found, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    found->tv_sec = now.tv_sec;
    found->tv_usec = now.tv_nsec / 1000;
    return 0;
}
