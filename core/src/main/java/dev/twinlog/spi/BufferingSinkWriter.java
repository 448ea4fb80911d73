package dev.twinlog.spi;

/**
 * A writer that collects writes and sends them later, when it has enough for an object or a
 * transaction, for instance. Until it does, none of them is acknowledged, so the progress of their
 * partitions stays behind, and after a crash they are read again.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link SinkWriter} has them.
 */
public interface BufferingSinkWriter extends SinkWriter {

  /**
   * Sends everything that is buffered; does not wait for it. Not called periodically: a writer that
   * bounds the age of what it buffers has a timer of its own.
   *
   * @param reason why it can't wait any longer
   */
  void flush(FlushReason reason);
}
