package dev.twinlog.internal.kafka.records;

import java.time.Clock;

/** What the routes of one writer share. */
record WriterParts(
    TargetTopics topics,
    RecordCheck check,
    KafkaErrors errors,
    ProducerSlots slots,
    WriterSignal signal,
    Clock clock) {}
