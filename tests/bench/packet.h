/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frame that pktgen sends and pktsink knows: UDP over IPv4 with a number and a time in it. Its destination is
 * nobody's address, so that a receiving stack drops it at once.
 */
#pragma once

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PACKET_MIN   60
#define PACKET_MAX   1514
#define PACKET_MAGIC 0x62656e63u /* "benc" */
#define PACKET_PORT  7007
#define NSEC_PER_SEC 1000000000LL

struct packet {
	struct ethhdr eth;
	uint8_t ip[20];
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t udp_length;
	uint16_t udp_checksum; /* 0: none */
	uint32_t magic;
	uint32_t seq;
	int64_t time;
	uint8_t rest[PACKET_MAX - 58];
} __attribute__((packed));

static inline int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* A number from the command line within limits; ends the program otherwise. */
static inline long
number(const char *name, const char *text, long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < min || value > max) {
		fprintf(stderr, "%s: %s is not a number from %ld to %ld\n", name, text, min, max);
		exit(2);
	}
	return value;
}
