package dev.twinlog.testkit.simulator.model;

import java.util.List;
import org.apache.kafka.common.Uuid;

/** A topic, which stays the same however often another one is created with its name. */
record ModelTopic(String name, Uuid id, List<ModelPartition> partitions) {}
