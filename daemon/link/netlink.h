/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One netlink socket for requests: ask, wait, check. Private to daemon/link.
 */
#pragma once

#include "link-watcher.h"

#include <libmnl/libmnl.h>

G_BEGIN_DECLS

/* The kernel never puts more into one datagram of a dump than the reader offers room for. */
#define NETLINK_BUFFER_SIZE 65536

/* Asking one thing must end even if the answer is lost. */
#define NETLINK_ANSWER_SEC 5

struct netlink {
	struct mnl_socket *socket;
	guint32 seq;
	guint8 *buffer;
};

/* What an answer amounts to. */
struct netlink_result {
	gboolean done;	      /* the acknowledgement or the end of the dump was seen */
	gboolean interrupted; /* NLM_F_DUMP_INTR: the dump is not of one moment */
	int error;	      /* errno, 0 for success */
	char text[128];	      /* the kernel's own words on the error, or "" */
};

/* A message that is neither acknowledgement nor end. Its length has been checked against the datagram's. */
typedef void (*netlink_func)(void *user, const struct nlmsghdr *nlh);

gboolean netlink_open(struct netlink *netlink, int bus, GError **error);
void netlink_close(struct netlink *netlink);

/**
 * netlink_begin:
 * @buffer: zeroed here; NETLINK_REQUEST_SIZE bytes
 *
 * Begins a request; append the family's header and attributes to what is returned.
 */
#define NETLINK_REQUEST_SIZE 1024
struct nlmsghdr *netlink_begin(guint8 *buffer, guint16 type, guint16 flags);

/**
 * netlink_talk:
 * @request: from netlink_begin(); gets the sequence number
 * @func: (nullable): called for each message of the answer
 *
 * Sends and waits for the end of the answer.
 *
 * Returns: 0 or the errno, as in @result->error.
 */
int netlink_talk(struct netlink *netlink, struct nlmsghdr *request, netlink_func func, void *user,
		 struct netlink_result *result);

/**
 * netlink_walk:
 * @data: a datagram as received
 * @seq: only messages of this sequence number count, 0: all
 *
 * Goes through the messages of a datagram, believing no length.
 *
 * Returns: %FALSE if something was left that is no message: the datagram is damaged from there on.
 */
gboolean netlink_walk(const void *data, gsize len, guint32 seq, netlink_func func, void *user,
		      struct netlink_result *result);

/**
 * netlink_attributes:
 * @table: (array length=@n): attributes by type, %NULL those that are missing
 *
 * Returns: %FALSE if an attribute does not end where the next begins or the message ends.
 */
gboolean netlink_attributes(const void *data, gsize len, const struct nlattr **table, guint n);

/* As netlink_attributes(), for the attributes inside @nest; FALSE if @nest is NULL. */
gboolean netlink_nested(const struct nlattr *nest, const struct nlattr **table, guint n);

/* FALSE unless the attribute is there and has exactly the type's size. */
gboolean netlink_get_u8(const struct nlattr *attr, guint8 *value);
gboolean netlink_get_u16(const struct nlattr *attr, guint16 *value);
gboolean netlink_get_u32(const struct nlattr *attr, guint32 *value);
/* FALSE unless it is a terminated, non-empty string that fits. */
gboolean netlink_get_string(const struct nlattr *attr, char *value, gsize size);

G_END_DECLS
