/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of seeds, each one case, so that they can run beside each other. */
#include <gtest/gtest.h>

#include "lacp-seeds.h"

#include <algorithm>
#include <string>

namespace
{

constexpr guint32 SHARD = 250;

class LacpSeedsTest : public testing::Test
{
      public:
	LacpSeedsTest(guint32 from, guint32 to) : from(from), to(to)
	{
	}

	void TestBody() override
	{
		for (guint32 seed = from; seed <= to; seed++) {
			g_autoptr(GString) report = g_string_new(nullptr);

			EXPECT_TRUE(lacp_seed_run(seed, FALSE, report))
			    << "seed " << seed << "; again: build/tests/lacp-seeds --verbose --seeds " << seed << '\n'
			    << report->str;
		}
	}

      private:
	guint32 from;
	guint32 to;
};

} // namespace

int
main(int argc, char **argv)
{
	guint32 from;
	guint32 to;

	testing::InitGoogleTest(&argc, argv);
	if (argc != 2 || !lacp_seed_parse_range(argv[1], &from, &to)) {
		g_printerr("usage: conformance-seeds FROM-TO\n");
		return 2;
	}
	for (guint32 first = from; first <= to; first += SHARD) {
		guint32 last = std::min(to, first + SHARD - 1);
		auto name = "From" + std::to_string(first) + "To" + std::to_string(last);

		testing::RegisterTest("LacpSeeds", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
				      [=]() -> LacpSeedsTest * { return new LacpSeedsTest(first, last); });
	}
	return RUN_ALL_TESTS();
}
