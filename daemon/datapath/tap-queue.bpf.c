/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The TAP device asks this program which of its queues a frame of the host goes to (TUNSETSTEERINGEBPF). Queues
 * 1 to 16 are for the frames that an administrator has mapped to them, as with the kernel's driver; the others are
 * the workers', and all frames of a flow go to the same one.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAPPED_QUEUES 16
#define IP_FRAGMENT   0x3fff

/* Set before it is loaded. */
const volatile __u32 n_workers = 1;

struct vlan_tag {
	__be16 tci;
	__be16 proto;
};

static __always_inline __u32
mix(__u32 hash, __u32 word)
{
	hash = (hash ^ word) * 0x9e3779b1;
	return hash ^ hash >> 15;
}

static __always_inline __u32
hash_ports(struct __sk_buff *skb, __u32 hash, __u8 protocol, __u32 at)
{
	__u32 ports = 0;

	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP)
		bpf_skb_load_bytes(skb, at, &ports, sizeof(ports));
	return mix(hash, ports);
}

static __always_inline __u32
hash_ipv4(struct __sk_buff *skb, __u32 at)
{
	struct iphdr ip;
	__u32 hash;

	if (bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)) < 0)
		return 0;
	hash = mix(mix(ip.protocol, ip.saddr), ip.daddr);
	return ip.frag_off & bpf_htons(IP_FRAGMENT) ? hash : hash_ports(skb, hash, ip.protocol, at + ip.ihl * 4);
}

static __always_inline __u32
hash_ipv6(struct __sk_buff *skb, __u32 at)
{
	struct ipv6hdr ip;
	__u32 hash;

	if (bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)) < 0)
		return 0;
	hash = ip.nexthdr;
	for (int i = 0; i < 4; i++)
		hash = mix(mix(hash, ip.saddr.in6_u.u6_addr32[i]), ip.daddr.in6_u.u6_addr32[i]);
	return hash_ports(skb, hash, ip.nexthdr, at + sizeof(ip));
}

static __always_inline __u32
hash_flow(struct __sk_buff *skb)
{
	__u32 at = sizeof(struct ethhdr);
	struct vlan_tag tag;
	struct ethhdr eth;
	__be16 proto;
	__u32 hash;

	if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)) < 0)
		return 0;
	proto = eth.h_proto;
	if ((proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD)) &&
	    bpf_skb_load_bytes(skb, at, &tag, sizeof(tag)) == 0) {
		proto = tag.proto;
		at += sizeof(tag);
	}
	if (proto == bpf_htons(ETH_P_IP))
		return hash_ipv4(skb, at);
	if (proto == bpf_htons(ETH_P_IPV6))
		return hash_ipv6(skb, at);
	hash = proto;
	for (int i = 0; i < ETH_ALEN; i++)
		hash = mix(hash, (__u32) eth.h_dest[i] << 8 | eth.h_source[i]);
	return hash;
}

SEC("socket")
int
bondd_tap_queue(struct __sk_buff *skb)
{
	__u32 queue = skb->queue_mapping;
	__u32 worker;

	/* Of a frame that is passed on it is the queue that it came in by, which nobody chose. */
	if (queue >= 1 && queue <= MAPPED_QUEUES && skb->ingress_ifindex == 0)
		return queue;
	if (n_workers <= 1)
		return 0;
	worker = hash_flow(skb) % n_workers;
	return worker == 0 ? 0 : MAPPED_QUEUES + worker;
}

/* The kernel lends its helpers to GPL programs only. */
char _license[] SEC("license") = "GPL";
