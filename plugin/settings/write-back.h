/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Profiles as NetworkManager has changed them, written into the ifcfg files. Nothing is written unless the files, tried
 * beside, give NetworkManager the very profile that it wants.
 */
#pragma once

#include "parser.h"

G_BEGIN_DECLS

/* Where, and with whose spelling. */
struct write_back {
	const char *directory;
	const char *modprobe_d;
	struct parser *parser;
};

/* What the files say afterwards. */
struct written {
	char *file;
	char *keyfile; /* see struct profile_text */
	char *uuid;
	NMConnection *connection;
};

/**
 * write_back_change:
 * @file: of the profile
 * @told: the keyfile that NetworkManager was told of it
 * @wanted: the profile with its changes, and the same UUID
 * @written: (out)
 * @error: the reason, for the user; all files are as they were. See write_back_is_refusal()
 */
gboolean write_back_change(const struct write_back *to, const char *file, const char *told, NMConnection *wanted,
			   struct written *written, GError **error);

/**
 * write_back_add:
 * @wanted: a profile that has no file yet
 * @written: (out)
 * @error: the reason, for the user; there is no new file
 */
gboolean write_back_add(const struct write_back *to, NMConnection *wanted, struct written *written, GError **error);

/* Whether the profile is one that ifcfg files cannot be made to say. */
gboolean write_back_is_refusal(const GError *error);

void written_clear(struct written *written);

G_END_DECLS
