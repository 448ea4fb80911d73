package dev.twinlog.testkit.simulator.model;

import java.util.List;
import org.apache.kafka.common.Uuid;

/** A topic of the model; a recreated topic is another object. */
record ModelTopic(String name, Uuid id, List<ModelPartition> partitions) {}
