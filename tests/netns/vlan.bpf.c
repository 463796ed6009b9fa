/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VLAN 7 above a device, on kernels without 8021q: what goes to or comes from 10.7.0.0/24 wears the tag on the wire.
 * The kernel keeps the tag beside the packet until the device takes it, as it does for a VLAN interface.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define VLAN_ID	       7
#define SUBNET	       bpf_htonl(0x0a070000)
#define MASK	       bpf_htonl(0xffffff00)
#define ARP_TARGET_IP  (ETH_HLEN + 24)
#define IP_DESTINATION (ETH_HLEN + 16)

SEC("tc/push")
int
push(struct __sk_buff *skb)
{
	__u32 destination = 0;

	if (skb->protocol == bpf_htons(ETH_P_ARP))
		bpf_skb_load_bytes(skb, ARP_TARGET_IP, &destination, sizeof(destination));
	else if (skb->protocol == bpf_htons(ETH_P_IP))
		bpf_skb_load_bytes(skb, IP_DESTINATION, &destination, sizeof(destination));
	if ((destination & MASK) == SUBNET)
		bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), VLAN_ID);
	return TC_ACT_OK;
}

SEC("tc/pop")
int
pop(struct __sk_buff *skb)
{
	if (skb->vlan_present && (skb->vlan_tci & 0xfff) == VLAN_ID)
		bpf_skb_vlan_pop(skb);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
