/*
 * A link between two network namespaces: real packets and the kernel's own TCP on both sides, with this in the middle.
 *
 *   emulator <device a> <device b>
 *
 * Makes both TUN devices and waits; who starts it moves each into its namespace, where it stays connected to this process.
 * Each direction is a line of `rate` bits per second with a drop-tail queue before it, and a fixed delay behind it.
 *
 * Lines on stdin:  "shape <bits per second> <one-way delay in microseconds> <queue in bytes>"   a rate of 0: no limit
 *                  "count"
 * Lines on stdout: "ready", and for each "count": "<bytes a to b> <bytes b to a> <dropped packets> <bytes under way>"
 * Ends with its stdin.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MAX_PACKET_BYTES 2048
/* 16 MiB a direction: more than a second of 100 Mbit/s in full packets. */
#define SLOTS 8192
#define NANOSECONDS 1000000000LL

struct packet {
  int64_t arrives_at;
  int bytes;
  char data[MAX_PACKET_BYTES];
};

/* What one end sends to the other. A ring; times only grow along it. */
struct direction {
  struct packet slots[SLOTS];
  unsigned head, tail;
  int64_t line_free_at;
  uint64_t delivered_bytes, dropped_packets, waiting_bytes;
};

static struct direction directions[2];
static int64_t rate_bps, delay_ns, queue_bytes = 1 << 20;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * NANOSECONDS + now.tv_nsec;
}

static int open_device(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) return -1;
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return ioctl(device, TUNSETIFF, &request) < 0 ? -1 : device;
}

static int64_t line_time_ns(int64_t bytes) { return rate_bps == 0 ? 0 : bytes * 8 * NANOSECONDS / rate_bps; }

/* The queue is what the line has not begun to send yet: its length follows from when the line is free again. */
static int fits(const struct direction *to, int64_t now) {
  int64_t wait = to->line_free_at - now;
  if (to->tail - to->head == SLOTS) return 0;
  return rate_bps == 0 || wait <= line_time_ns(queue_bytes);
}

static void take_packets(int device, struct direction *to) {
  char spill[MAX_PACKET_BYTES];
  for (;;) {
    int64_t now = now_ns();
    int has_room = fits(to, now);
    struct packet *packet = &to->slots[to->tail % SLOTS];
    int bytes = read(device, has_room ? packet->data : spill, MAX_PACKET_BYTES);
    if (bytes <= 0) return;
    if (!has_room) {
      to->dropped_packets++;
      continue;
    }
    to->line_free_at = (to->line_free_at > now ? to->line_free_at : now) + line_time_ns(bytes);
    packet->bytes = bytes;
    packet->arrives_at = to->line_free_at + delay_ns;
    to->waiting_bytes += bytes;
    to->tail++;
  }
}

static void deliver_due(int device, struct direction *from) {
  while (from->head != from->tail) {
    struct packet *packet = &from->slots[from->head % SLOTS];
    if (packet->arrives_at > now_ns()) return;
    /* A device that is down or full loses it, as a cable would. */
    if (write(device, packet->data, packet->bytes) == packet->bytes) from->delivered_bytes += packet->bytes;
    else from->dropped_packets++;
    from->waiting_bytes -= packet->bytes;
    from->head++;
  }
}

static int64_t next_arrival(void) {
  int64_t next = INT64_MAX;
  for (int n = 0; n < 2; n++) {
    const struct direction *each = &directions[n];
    if (each->head == each->tail) continue;
    int64_t at = each->slots[each->head % SLOTS].arrives_at;
    if (at < next) next = at;
  }
  return next;
}

/* One line at a time: whoever writes waits for nothing, so several may come at once. Returns 0 at the end of stdin. */
static int obey(void) {
  static char text[256];
  static size_t length;
  long long rate, delay_us, queue;
  ssize_t got = read(STDIN_FILENO, text + length, sizeof text - 1 - length);
  if (got == 0) return 0;
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  length += got;
  text[length] = 0;
  for (char *end; (end = strchr(text, '\n')) != NULL;) {
    *end = 0;
    if (sscanf(text, "shape %lld %lld %lld", &rate, &delay_us, &queue) == 3) {
      rate_bps = rate;
      delay_ns = delay_us * 1000;
      queue_bytes = queue;
    } else if (strcmp(text, "count") == 0) {
      printf("%llu %llu %llu %llu\n", (unsigned long long)directions[0].delivered_bytes,
             (unsigned long long)directions[1].delivered_bytes,
             (unsigned long long)(directions[0].dropped_packets + directions[1].dropped_packets),
             (unsigned long long)(directions[0].waiting_bytes + directions[1].waiting_bytes));
    }
    length -= end + 1 - text;
    memmove(text, end + 1, length + 1);
  }
  return length < sizeof text - 1;
}

int main(int count, char **names) {
  struct sched_param first = {.sched_priority = 50};
  int devices[2];
  if (count != 3) return fprintf(stderr, "usage: emulator <device a> <device b>\n"), 2;
  for (int n = 0; n < 2; n++) {
    devices[n] = open_device(names[n + 1]);
    if (devices[n] < 0) return perror(names[n + 1]), 1;
  }
  /* A packet that waits for the processor is delayed by more than the link says. Both may be refused. */
  sched_setscheduler(0, SCHED_FIFO, &first);
  prctl(PR_SET_TIMERSLACK, 1);
  prctl(PR_SET_PDEATHSIG, 15);
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  for (;;) {
    struct pollfd watched[3] = {{devices[0], POLLIN, 0}, {devices[1], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    int64_t wait = next_arrival();
    struct timespec rest = {0, 0}, *limit = wait == INT64_MAX ? NULL : &rest;
    if (limit != NULL && (wait -= now_ns()) > 0) rest = (struct timespec){wait / NANOSECONDS, wait % NANOSECONDS};
    if (ppoll(watched, 3, limit, NULL) < 0 && errno != EINTR) return perror("ppoll"), 1;
    if (watched[2].revents != 0 && !obey()) return 0;
    for (int n = 0; n < 2; n++) {
      if (watched[n].revents & POLLIN) take_packets(devices[n], &directions[n]);
      deliver_due(devices[1 - n], &directions[n]);
    }
  }
}
