package dev.twinlog.spi;

/**
 * The part of a link that writes records. This interface alone is enough for a sink that can only
 * be written to, an HTTP endpoint for instance; such a link delivers at least once.
 *
 * <p><b>Threading.</b> Called by one thread of the link at a time.
 *
 * <p><b>Errors.</b> As {@link Source}.
 *
 * <p><b>Lifecycle.</b> Use one object for one link. A sink that also implements {@link
 * AutoCloseable} is closed when its link closes, after its writers.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most.
 */
public interface Sink {

  /** Opens the writer of one lane. */
  SinkWriter openWriter(PluginContext context);
}
