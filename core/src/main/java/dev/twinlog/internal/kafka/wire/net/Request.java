package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import org.apache.kafka.common.KafkaException;

/**
 * A request and the handler of its response.
 *
 * @param version as {@link Connections#version} returned it
 */
public record Request(Api api, short version, MessageWriter body, ResponseHandler handler) {

  /**
   * Handles a response. One method is called once, on the thread that polls or closes the
   * connections.
   */
  public interface ResponseHandler {

    /**
     * Handles the response. If this throws because the response can't be read, {@link #lost} is
     * called as well.
     *
     * @param received valid during the call, unless retained
     */
    void answered(Received received);

    /**
     * Called when there will be no response: it is unknown whether the broker received the request
     * and will still execute it. The request's buffers are not read any more.
     */
    void lost(KafkaException cause);
  }
}
