/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of seeds, each one case, so that they can run beside each other. */
#include <gtest/gtest.h>

#include "seeds.h"

#include <algorithm>
#include <string>

namespace
{

constexpr guint32 SHARD = 250;

struct Kind {
	const char *suite;
	const char *tool;
	seed_function run;
};

const Kind kinds[] = {
    {"LacpSeeds", "lacp-seeds", lacp_seed_run},
    {"BridgeSeeds", "bridge-seeds", bridge_seed_run},
};

class SeedsTest : public testing::Test
{
      public:
	SeedsTest(const Kind &kind, guint32 from, guint32 to) : kind(kind), from(from), to(to)
	{
	}

	void TestBody() override
	{
		for (guint32 seed = from; seed <= to; seed++) {
			g_autoptr(GString) report = g_string_new(nullptr);

			EXPECT_TRUE(kind.run(seed, FALSE, report)) << "seed " << seed << "; again: build/tests/"
								   << kind.tool << " --verbose --seeds " << seed << '\n'
								   << report->str;
		}
	}

      private:
	const Kind &kind;
	guint32 from;
	guint32 to;
};

void
register_kind(const Kind &kind, guint32 from, guint32 to)
{
	for (guint32 first = from; first <= to; first += SHARD) {
		guint32 last = std::min(to, first + SHARD - 1);
		auto name = "From" + std::to_string(first) + "To" + std::to_string(last);

		testing::RegisterTest(kind.suite, name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
				      [=, &kind]() -> SeedsTest * { return new SeedsTest(kind, first, last); });
	}
}

} // namespace

int
main(int argc, char **argv)
{
	guint32 from;
	guint32 to;

	testing::InitGoogleTest(&argc, argv);
	if (argc != 2 || !seed_parse_range(argv[1], &from, &to)) {
		g_printerr("usage: conformance-seeds FROM-TO\n");
		return 2;
	}
	for (const auto &kind : kinds)
		register_kind(kind, from, to);
	return RUN_ALL_TESTS();
}
