#include <gtest/gtest.h>
#include "seal/stream.h"
#include "seal/primitives.h"
TEST(S,x){ auto k=seal::random_secret(32); base::Bytes p(3000000,7); auto s=seal::seal_bytes(k,{},p); ASSERT_TRUE(s.ok()); auto o=seal::open_bytes(k,{},s.value()); ASSERT_TRUE(o.ok()); EXPECT_EQ(o.value(),p); EXPECT_EQ(seal::sealed_size(p.size()),s.value().size());}
