/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `action skbedit queue_mapping` does, on kernels without it: of the numbered frames of the tests each thousand
 * is mapped to the next queue, 0 (not mapped) to 3.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int
map_by_number(struct __sk_buff *skb)
{
	__be32 number = 0;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &number, sizeof(number)) == 0)
		skb->queue_mapping = bpf_ntohl(number) / 1000 % 4;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
