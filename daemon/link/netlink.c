/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

G_DEFINE_QUARK(link - error - quark, link_error)

gboolean
netlink_open(struct netlink *netlink, int bus, GError **error)
{
	const struct timeval patience = {.tv_sec = NETLINK_ANSWER_SEC};
	int on = 1;

	netlink->socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (netlink->socket == NULL || mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int code = errno;

		g_set_error(error, LINK_ERROR, code, "cannot open a netlink socket: %s", g_strerror(code));
		g_clear_pointer(&netlink->socket, mnl_socket_close);
		return FALSE;
	}
	/* All three only improve answers; old kernels without them answer well enough. */
	mnl_socket_setsockopt(netlink->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(netlink->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(netlink->socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(mnl_socket_get_fd(netlink->socket), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	netlink->seq = 0;
	netlink->buffer = g_malloc(NETLINK_BUFFER_SIZE);
	return TRUE;
}

void
netlink_close(struct netlink *netlink)
{
	g_clear_pointer(&netlink->socket, mnl_socket_close);
	g_clear_pointer(&netlink->buffer, g_free);
}

struct nlmsghdr *
netlink_begin(guint8 *buffer, guint16 type, guint16 flags)
{
	struct nlmsghdr *nlh;

	memset(buffer, 0, NETLINK_REQUEST_SIZE);
	nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return nlh;
}

/* The kernel's explanation follows the header of the failed request, which NETLINK_CAP_ACK may have cut short. */
static void
read_text(const struct nlmsghdr *nlh, struct netlink_result *result)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[NLMSGERR_ATTR_MAX + 1];
	gsize payload = mnl_nlmsg_get_payload_len(nlh);
	gsize skip = sizeof(*err);

	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
		return;
	if ((nlh->nlmsg_flags & NLM_F_CAPPED) == 0) {
		if (err->msg.nlmsg_len < sizeof(err->msg) || err->msg.nlmsg_len > payload)
			return;
		skip += MNL_ALIGN(err->msg.nlmsg_len - sizeof(err->msg));
	}
	if (skip > payload)
		return;
	if (netlink_attributes((const guint8 *) err + skip, payload - skip, table, G_N_ELEMENTS(table)))
		netlink_get_string(table[NLMSGERR_ATTR_MSG], result->text, sizeof(result->text));
}

static void
read_error(const struct nlmsghdr *nlh, struct netlink_result *result)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	result->done = TRUE;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err) || err->error > 0 || err->error < -4095) {
		result->error = EBADMSG;
		return;
	}
	result->error = -err->error;
	if (result->error != 0)
		read_text(nlh, result);
}

/* A dump may fail half-way: then its end carries the error. */
static void
read_done(const struct nlmsghdr *nlh, struct netlink_result *result)
{
	const gint32 *code = mnl_nlmsg_get_payload(nlh);

	result->done = TRUE;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*code) && *code < 0 && *code >= -4095)
		result->error = -*code;
}

static void
read_message(const struct nlmsghdr *nlh, netlink_func func, void *user, struct netlink_result *result)
{
	if ((nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		result->interrupted = TRUE;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		read_error(nlh, result);
	else if (nlh->nlmsg_type == NLMSG_DONE)
		read_done(nlh, result);
	else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && func != NULL)
		func(user, nlh);
}

/* mnl_nlmsg_ok() takes lengths beyond 2 GiB for negative ones, and lets them through. */
static gboolean
message_fits(const guint8 *data, gsize left)
{
	const struct nlmsghdr *nlh = (const void *) data;

	return left >= sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) && nlh->nlmsg_len <= left;
}

gboolean
netlink_walk(const void *data, gsize len, guint32 seq, netlink_func func, void *user, struct netlink_result *result)
{
	const guint8 *at = data;
	gsize left = len;

	while (!result->done && message_fits(at, left)) {
		const struct nlmsghdr *nlh = (const void *) at;
		gsize step = MIN(MNL_ALIGN((gsize) nlh->nlmsg_len), left);

		if (seq == 0 || nlh->nlmsg_seq == seq)
			read_message(nlh, func, user, result);
		at += step;
		left -= step;
	}
	return result->done || left == 0;
}

/* Returns: an errno. ENOBUFS also stands for a datagram that did not fit. */
static int
receive(struct netlink *netlink, gsize *len)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = netlink->buffer, .iov_len = NETLINK_BUFFER_SIZE};
	struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	gssize n;

	do
		n = recvmsg(mnl_socket_get_fd(netlink->socket), &msg, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? ETIMEDOUT : errno;
	*len = from.nl_pid == 0 ? (gsize) n : 0; /* only the kernel answers */
	return (msg.msg_flags & MSG_TRUNC) != 0 ? ENOBUFS : 0;
}

int
netlink_talk(struct netlink *netlink, struct nlmsghdr *request, netlink_func func, void *user,
	     struct netlink_result *result)
{
	memset(result, 0, sizeof(*result));
	/* 0 is the number of notifications. */
	if (++netlink->seq == 0)
		netlink->seq = 1;
	request->nlmsg_seq = netlink->seq;
	if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		request->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0)
		return result->error = errno;
	while (!result->done && result->error == 0) {
		gsize len = 0;

		result->error = receive(netlink, &len);
		if (result->error == 0 && !netlink_walk(netlink->buffer, len, netlink->seq, func, user, result))
			result->error = EBADMSG;
	}
	return result->error;
}

gboolean
netlink_attributes(const void *data, gsize len, const struct nlattr **table, guint n)
{
	const struct nlattr *attr = data;
	gssize left = (gssize) len;

	memset(table, 0, n * sizeof(*table));
	while (left > 0) {
		guint16 type;

		if (!mnl_attr_ok(attr, (int) left))
			return FALSE;
		type = mnl_attr_get_type(attr);
		if (type < n)
			table[type] = attr;
		left -= MNL_ALIGN(attr->nla_len);
		attr = mnl_attr_next(attr);
	}
	return TRUE;
}

gboolean
netlink_nested(const struct nlattr *nest, const struct nlattr **table, guint n)
{
	memset(table, 0, n * sizeof(*table));
	if (nest == NULL)
		return FALSE;
	return netlink_attributes(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), table, n);
}

gboolean
netlink_get_u8(const struct nlattr *attr, guint8 *value)
{
	if (attr == NULL || mnl_attr_validate(attr, MNL_TYPE_U8) < 0)
		return FALSE;
	*value = mnl_attr_get_u8(attr);
	return TRUE;
}

gboolean
netlink_get_u16(const struct nlattr *attr, guint16 *value)
{
	if (attr == NULL || mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
		return FALSE;
	*value = mnl_attr_get_u16(attr);
	return TRUE;
}

gboolean
netlink_get_u32(const struct nlattr *attr, guint32 *value)
{
	if (attr == NULL || mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return FALSE;
	*value = mnl_attr_get_u32(attr);
	return TRUE;
}

gboolean
netlink_get_string(const struct nlattr *attr, char *value, gsize size)
{
	const char *text;

	if (attr == NULL || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return FALSE;
	text = mnl_attr_get_str(attr);
	if (text[0] == '\0')
		return FALSE;
	return g_strlcpy(value, text, size) < size;
}
