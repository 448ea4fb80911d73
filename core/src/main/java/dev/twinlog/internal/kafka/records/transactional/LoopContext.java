package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.common.HeaderKeyCheck;
import dev.twinlog.internal.kafka.state.PositionTopic;
import dev.twinlog.spi.PluginContext;

/** Dependencies that the transaction loops of one writer share. */
record LoopContext(
    PluginContext context,
    TargetTopics topics,
    RecordCheck check,
    KafkaErrors errors,
    TransactionalProducers producers,
    PositionTopic positions,
    RouteSessions sessions,
    TailWatch tails,
    HeaderKeyCheck headerKeyCheck) {}
