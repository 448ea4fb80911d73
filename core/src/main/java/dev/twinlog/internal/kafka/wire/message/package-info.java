/**
 * The few requests and answers of Kafka's protocol that the batch path speaks, written and read
 * straight from and to buffers: record data is never copied, and nothing here depends on the
 * version of kafka-clients. Layouts as in the message definitions of Kafka's protocol guide
 * (flexible versions: KIP-482).
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.message;

import org.jspecify.annotations.NullMarked;
