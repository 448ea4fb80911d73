package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import org.apache.kafka.common.KafkaException;

/**
 * A request, and what to do with its answer.
 *
 * @param version as {@link Connections#version} gave it
 */
public record Request(Api api, short version, MessageWriter body, Answer answer) {

  /** Called once, on the thread that polls or closes the connections. */
  public interface Answer {

    /**
     * The broker answered. Where this throws because the answer can't be read, {@link #lost} is
     * called as well.
     *
     * @param received valid during the call, unless retained
     */
    void answered(Received received);

    /**
     * No answer will come: whether the broker got the request, and will still act on it, is not
     * known. Nothing more of its buffers is read.
     */
    void lost(KafkaException cause);
  }
}
