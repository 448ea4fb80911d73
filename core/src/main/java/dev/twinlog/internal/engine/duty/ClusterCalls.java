package dev.twinlog.internal.engine.duty;

import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.Mailbox;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * An agent that makes calls to clusters that may block, in the order in which they were asked for.
 * Its step blocks as long as they do.
 */
public final class ClusterCalls implements Agent, Calls {
  private final Mailbox mailbox = new Mailbox();
  private final String role;
  private final Executor control;
  private volatile boolean stopped;

  /**
   * Creates the agent.
   *
   * @param role the name of its thread
   * @param control runs tasks on the control thread
   */
  public ClusterCalls(String role, Executor control) {
    this.role = role;
    this.control = control;
  }

  @Override
  public <T> void call(
      Supplier<T> call, Consumer<T> onAnswer, Consumer<RuntimeException> onFailure) {
    mailbox.add(
        () -> {
          if (stopped) {
            return; // the link has ended
          }
          try {
            T answer = call.get();
            control.execute(() -> onAnswer.accept(answer));
          } catch (RuntimeException e) {
            control.execute(() -> onFailure.accept(e));
          }
        });
  }

  /** Makes no more calls. Any thread. */
  public void stop() {
    stopped = true;
    mailbox.wakeup();
  }

  @Override
  public String role() {
    return role;
  }

  @Override
  public boolean step(Duration maxWait) {
    return mailbox.run(maxWait.toNanos()) > 0;
  }

  @Override
  public long nextDeadlineNanos() {
    return Long.MAX_VALUE;
  }

  @Override
  public void wakeup() {
    mailbox.wakeup();
  }

  @Override
  public boolean finished() {
    return stopped;
  }

  @Override
  public void close() {
    stopped = true;
    mailbox.close();
  }
}
