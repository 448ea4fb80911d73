package dev.twinlog.testkit.internal.net;

/** The two wires and the buffer pool that all connections of a relay share. */
record Line(Wire toCluster, Wire fromCluster, Blocks blocks) {}
