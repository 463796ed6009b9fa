/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NetworkManager's own reader of keyfiles, asked for one text at a time: what it makes of it has all settings, is
 * verified and normalized as any profile of NetworkManager's is.
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

G_END_DECLS
