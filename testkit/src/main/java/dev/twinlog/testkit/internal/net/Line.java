package dev.twinlog.testkit.internal.net;

/** The wires and buffers that all connections of a relay share. */
record Line(Wire toCluster, Wire fromCluster, Blocks blocks) {}
