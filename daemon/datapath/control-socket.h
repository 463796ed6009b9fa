/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A protocol that the control thread speaks with the peer of one device, beside the data rings: what the XDP program
 * passes up to the kernel, read from a packet socket. No flood of data fills it, and it works where no data flows.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

struct control_socket;

typedef void (*control_socket_func)(void *user, const guint8 *frame, gsize len);

/**
 * control_socket_new:
 * @ethertype: of the frames, host order
 * @group: their destination; the device joins it
 * @error: DATAPATH_ERROR
 *
 * Opens a socket that sees the frames for @group which the device receives from now on, but none that it sends.
 */
struct control_socket *control_socket_new(int ifindex, guint16 ethertype, const struct bond_mac *group, GError **error);
void control_socket_free(struct control_socket *socket);

/* What to poll for input. */
int control_socket_fd(const struct control_socket *socket);

/**
 * control_socket_read:
 *
 * Calls @func for frames that wait, up to a small number: a peer that sends without end must not keep the others
 * waiting. @func must not free the socket.
 *
 * Returns: whether more may wait.
 */
gboolean control_socket_read(struct control_socket *socket, control_socket_func func, void *user);

G_END_DECLS
