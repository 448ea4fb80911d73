package dev.twinlog.spi;

/**
 * A writer that buffers writes and sends them later, for instance when it has enough for an object
 * or a transaction. Until then none of them is acknowledged, so the progress of their partitions
 * does not include them, and after a crash they are read again.
 *
 * <p>Threading, errors, lifecycle and blocking as in {@link SinkWriter}.
 */
public interface BufferingSinkWriter extends SinkWriter {

  /**
   * Sends everything that is buffered; does not wait for it. Not called periodically: a writer that
   * bounds the age of what it buffers needs its own timer.
   *
   * @param reason why it must be sent now
   */
  void flush(FlushReason reason);
}
