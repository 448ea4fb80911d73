package dev.twinlog.internal.engine.duty;

import java.util.function.Consumer;
import java.util.function.Supplier;

/** Makes calls that may block, one after the other. Used by the control thread. */
public interface Calls {

  /**
   * Makes a call, and then runs one of the others on the control thread.
   *
   * @param call may block and may throw; it must not use what is confined to the control thread
   */
  <T> void call(Supplier<T> call, Consumer<T> onAnswer, Consumer<RuntimeException> onFailure);
}
