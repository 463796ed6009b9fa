/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The patch panel's cables. The two devices of a cable have the indices 2n and 2n + 1: what comes in at one goes out
 * at the other. A cut conductor swallows the frames and leaves the carrier alone.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

SEC("tc/through")
int
through(struct __sk_buff *skb)
{
	return bpf_redirect(skb->ifindex ^ 1, 0);
}

SEC("tc/cut")
int
cut(struct __sk_buff *skb)
{
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "GPL";
