package dev.twinlog.internal.kafka.records.idempotent;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.common.HeaderKeyCheck;
import dev.twinlog.internal.kafka.records.common.WriterSignal;
import java.time.Clock;

/** Dependencies that the routes of one writer share. */
record WriterContext(
    TargetTopics topics,
    RecordCheck check,
    KafkaErrors errors,
    ProducerSlots slots,
    WriterSignal signal,
    Clock clock,
    HeaderKeyCheck headerKeyCheck) {}
