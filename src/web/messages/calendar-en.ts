import type { calendarZh } from './calendar-zh.ts'
import type { Texts } from './texts.ts'

export const calendarEn: Texts<typeof calendarZh> = {
  title: 'Calendar',
  intro: 'Alarms “day over day” choose comparable days by it, and so do the holidays of own rules.',
  zone: 'Days are those of this zone',
  holidays: 'Holidays',
  holidaysOf: {
    china: 'public holidays of China, and weekend days worked for them',
    none: 'workdays and weekends only',
  },
  until:
    'Public holidays and the weekend days worked for them are known until {day} (those of the next year are announced each autumn and come with a new version). Of later days only those that the law names are holidays (4 of the Spring Festival, 3 of the National Day); what is known already can be added below as days of your own.',
  soon: 'Changes count within minutes.',
  previous: 'Previous year',
  next: 'Next year',
  kinds: {
    workday: 'workday',
    'make-up-workday': 'worked weekend day',
    weekend: 'weekend',
    holiday: 'public holiday',
    special: 'special day',
  },
  whence: { own: 'own', schedule: 'announced', law: 'by law', weekday: '' },
  ownMark: 'Your own days have a dot. Click a day to add or edit it.',
  own: 'Days of your own',
  empty:
    'None yet. For example sales (11-11), holidays of the company, or public holidays before they are announced.',
  add: 'Add a day',
  edit: 'Edit the day',
  date: 'Date',
  dateHint: 'such as 2026-11-11, or each year 11-11',
  name: 'Name',
  nameHint: "e.g. Singles' Day",
  like: 'Counts as',
  likes: {
    special: 'special: compared only with days of the same name',
    workday: 'a workday',
    weekend: 'a weekend day',
  },
  shortLikes: { special: 'special day', workday: 'workday', weekend: 'weekend' },
  yearly: 'each year',
  saved: 'The calendar is saved',
  removed: 'The day is removed',
  faults: {
    date: 'A day that exists: such as 2026-11-11, or each year 11-11',
    name: '1 to 50 characters',
    twice: 'That day is there already: edit it',
    full: 'There may be 400 days of your own',
  },
}
