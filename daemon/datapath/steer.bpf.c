/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The XDP programs. On each port: link-local frames go up to the kernel, where the control thread reads them; all
 * others to the socket of the queue that they came in on. A queue without a socket drops them: while the
 * daemon is being restarted the host's stack must not hear by its ports what is for the bond, twice or at all.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#define STEER_MAX_QUEUES 256

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, STEER_MAX_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

/* 01:80:c2:00:00:00 to 0f: what a bridge must not forward, LACP, LLDP and pause frames among it. */
static __always_inline int
is_link_local(const struct ethhdr *eth)
{
	return eth->h_dest[0] == 0x01 && eth->h_dest[1] == 0x80 && eth->h_dest[2] == 0xc2 && eth->h_dest[3] == 0 &&
	       eth->h_dest[4] == 0 && (eth->h_dest[5] & 0xf0) == 0;
}

/* "frags" lets it stand on devices with an MTU above one page. */
SEC("xdp.frags")
int
bondd_steer(struct xdp_md *ctx)
{
	const void *end = (const void *) (long) ctx->data_end;
	const struct ethhdr *eth = (const void *) (long) ctx->data;

	if ((const void *) (eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_SLOW) || is_link_local(eth))
		return XDP_PASS;
	return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_DROP);
}

/* On the twin of the host side all that the host sends is the worker's, link-local frames too. */
SEC("xdp.frags")
int
bondd_twin(struct xdp_md *ctx)
{
	return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_DROP);
}

/* The kernel lends its helpers to GPL programs only. */
char _license[] SEC("license") = "GPL";
