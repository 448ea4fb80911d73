package dev.twinlog.spi;

/**
 * The ability of a sink to keep the link's progress itself; any other sink must be given a {@link
 * ProgressStore}.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Sink}.
 */
public interface StatefulSink extends Sink {

  /** Opens the store of the link that {@code context} names; does not take the link over yet. */
  ProgressStore openProgressStore(PluginContext context);
}
