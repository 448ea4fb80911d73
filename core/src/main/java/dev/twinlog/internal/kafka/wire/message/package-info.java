/**
 * The requests and responses of Kafka's protocol that the batch path uses, written to and read from
 * buffers directly: record data is never copied, and nothing here depends on the version of
 * kafka-clients. The layouts are those of Kafka's protocol guide (flexible versions: KIP-482).
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.message;

import org.jspecify.annotations.NullMarked;
