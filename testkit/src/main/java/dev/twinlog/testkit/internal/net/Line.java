package dev.twinlog.testkit.internal.net;

/** What all connections of a relay share. */
record Line(Wire toCluster, Wire fromCluster, Blocks blocks) {}
