package dev.twinlog.internal.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MailboxTest {
  private final Mailbox mailbox = new Mailbox();
  private final List<String> done = new ArrayList<>();

  @Test
  void close_runsWhatIsThere_andRefusesWhatComesLater() {
    assertThat(mailbox.add(() -> done.add("first"))).isTrue();
    assertThat(mailbox.add(() -> done.add("second"))).isTrue();
    mailbox.close();
    assertThat(done).containsExactly("first", "second");

    assertThat(mailbox.add(() -> done.add("late"))).isFalse();
    assertThat(mailbox.run(0)).isZero();
    assertThat(done).containsExactly("first", "second");
  }

  @Test
  void close_refusesWhatTheLastLettersAsk() {
    mailbox.add(() -> done.add("taken: " + mailbox.add(() -> done.add("never"))));
    mailbox.close();
    mailbox.close();
    assertThat(done).containsExactly("taken: false");
  }
}
