/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host=mixed, of which all frames pass a macvlan device above a TAP.
 *
 * What the host sends goes two ways. TCP stays on the TAP, whole segments of up to 64 KiB with it; all
 * else goes to a veth, whose twin has AF_XDP sockets, so that no frame costs a system call. The protocol alone
 * decides, so no flow ever changes its way.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_TAGS      2
#define IPV4_PROTOCOL 9
#define IPV6_NEXT     6

struct vlan_tag {
	__be16 tci;
	__be16 proto;
};

/* Interface index of the veth; set before it is loaded. */
const volatile __u32 veth = 0;

/* The bond's. */
volatile __u16 address[ETH_ALEN / 2];

/* Linux 6.6; newer than the header may be. */
#define TCX_NEXT -1

static __always_inline int
is_tcp(struct __sk_buff *skb)
{
	__be16 proto = (__be16) skb->protocol;
	__u32 at = ETH_HLEN;
	struct vlan_tag tag;
	__u8 next = 0;

	for (int i = 0; i < MAX_TAGS; i++) {
		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		if (bpf_skb_load_bytes(skb, at, &tag, sizeof(tag)) < 0)
			return 0;
		proto = tag.proto;
		at += sizeof(tag);
	}
	if (proto == bpf_htons(ETH_P_IP))
		bpf_skb_load_bytes(skb, at + IPV4_PROTOCOL, &next, sizeof(next));
	else if (proto == bpf_htons(ETH_P_IPV6))
		bpf_skb_load_bytes(skb, at + IPV6_NEXT, &next, sizeof(next));
	return next == IPPROTO_TCP;
}

SEC("tc")
int
bondd_split(struct __sk_buff *skb)
{
	return is_tcp(skb) ? TCX_NEXT : bpf_redirect(veth, 0);
}

/*
 * The macvlan device calls every unicast frame the host's own. Those for other addresses, which a switch floods or a
 * promiscuous port takes, are not: the host must not answer or route them.
 */
SEC("tc")
int
bondd_sort(struct __sk_buff *skb)
{
	const __u16 *destination = (const void *) (long) skb->data;

	if ((const void *) (destination + ETH_ALEN / 2) > (const void *) (long) skb->data_end)
		return TCX_NEXT;
	if ((*(const __u8 *) destination & 1) == 0 &&
	    (destination[0] != address[0] || destination[1] != address[1] || destination[2] != address[2]))
		bpf_skb_change_type(skb, PACKET_OTHERHOST);
	return TCX_NEXT;
}

/* The kernel lends its helpers to GPL programs only. */
char _license[] SEC("license") = "GPL";
