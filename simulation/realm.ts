/** One execution context of the simulated device: a page, or one run of a worker's script. */

export type RealmState = 'running' | 'frozen' | 'ended';

export class Realm {
  state: RealmState = 'running';
  isAborted = false;
  /** Its timers keep their order. */
  readonly timerLane = Symbol('timers');
  private readonly endings: (() => void)[] = [];
  private readonly owned: Realm[] = [];

  constructor(readonly name: string) {}

  /** Called once when the realm ends, however it ends. */
  onEnd(ending: () => void): void {
    this.endings.push(ending);
  }

  /** Another realm that lives, freezes and ends with this one. */
  own(realm: Realm, end: (isAborted: boolean) => void): void {
    this.owned.push(realm);
    this.onEnd(() => end(this.isAborted));
  }

  freeze(): void {
    if (this.state === 'running') this.state = 'frozen';
    for (const realm of this.owned) realm.freeze();
  }

  thaw(): void {
    if (this.state === 'frozen') this.state = 'running';
    for (const realm of this.owned) realm.thaw();
  }

  /**
   * Nothing of it runs any more, not even what was due.
   * @param isAborted What it had sent out and not heard of is undone, as far as it has not arrived.
   */
  end(isAborted: boolean): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.isAborted = isAborted;
    for (const ending of this.endings.splice(0)) ending();
  }
}
