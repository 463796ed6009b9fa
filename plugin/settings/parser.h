/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NetworkManager's own reader and writer of keyfiles, asked for one profile at a time: what it reads has all settings,
 * is verified and normalized as any profile of NetworkManager's is, and what it writes is how it spells them.
 */
#pragma once

#include "nm/nm-abi.h"

#include <gio/gio.h>

G_BEGIN_DECLS

struct parser;

/**
 * parser_new:
 * @error: G_IO_ERROR_NOT_SUPPORTED
 *
 * To be called when NetworkManager has its own plugin for keyfiles already.
 *
 * Returns: (nullable) (transfer full)
 */
struct parser *parser_new(GError **error);

void parser_free(struct parser *parser);

/**
 * parser_read:
 * @text: a keyfile
 * @uuid: (out) (transfer full): the profile's
 * @error: why NetworkManager does not take it
 *
 * Returns: (nullable) (transfer full)
 */
NMConnection *parser_read(struct parser *parser, const char *text, char **uuid, GError **error);

/**
 * parser_write:
 * @uuid: that of @connection
 *
 * Returns: (nullable) (transfer full): the keyfile that NetworkManager makes of a profile; nothing of it stays on disk
 */
char *parser_write(struct parser *parser, NMConnection *connection, const char *uuid, GError **error);

/**
 * parser_has_keyfile:
 *
 * Reads all of NetworkManager's own keyfiles.
 *
 * Returns: whether one of them is this profile
 */
gboolean parser_has_keyfile(struct parser *parser, const char *uuid);

G_END_DECLS
