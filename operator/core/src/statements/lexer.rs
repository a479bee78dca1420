//! The lexer: where strings, names in quotes, comments and statements end.
use super::{Refusal, Statement};

/// What a statement consists of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// Space or a comment.
    Space,
    /// A keyword or name without quotes.
    Word(&'a str),
    /// A string or name in quotes of any kind.
    Quoted,
    /// The end of a statement.
    Semicolon,
    /// Where psql would read a command.
    Backslash,
    /// Any other character, or a number.
    Other,
}

/// Reads a text from its beginning.
pub struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lexer<'a> {
    /// At the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    /// Takes the first `bytes`.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (head, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.line += head.matches('\n').count();
        head
    }

    /// The next statement.
    pub fn statement(&mut self) -> Result<Option<Statement<'a>>, Refusal> {
        let mut begun: Option<(&'a str, usize)> = None;
        let mut atomic = Atomic::default();
        loop {
            let (here, line) = (self.rest, self.line);
            let Some(token) = self.token()? else {
                return Ok(begun.map(|(start, line)| Statement { text: start.trim_end(), line }));
            };
            match token {
                Token::Space => {}
                Token::Backslash => {
                    let command = here.split_whitespace().next().unwrap_or("\\").into();
                    return Err(Refusal::PsqlCommand { line, command });
                }
                Token::Semicolon if atomic.depth == 0 => {
                    if let Some((start, line)) = begun {
                        let text = start.get(..start.len() - here.len()).unwrap_or(start);
                        return Ok(Some(Statement { text: text.trim_end(), line }));
                    }
                }
                other => {
                    begun = begun.or(Some((here, line)));
                    atomic.see(other);
                }
            }
        }
    }

    /// The next token.
    pub fn token(&mut self) -> Result<Option<Token<'a>>, Refusal> {
        let mut chars = self.rest.chars();
        let Some(first) = chars.next() else { return Ok(None) };
        let second = chars.next();
        Ok(Some(match (first, second) {
            (c, _) if c.is_whitespace() => self.skip(c.len_utf8(), Token::Space),
            ('-', Some('-')) => {
                let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
                self.skip(end, Token::Space)
            }
            ('/', Some('*')) => self.comment()?,
            ('\'', _) => self.quoted(0, '\'', false)?,
            ('"', _) => self.quoted(0, '"', false)?,
            ('e' | 'E', Some('\'')) => self.quoted(1, '\'', true)?,
            ('b' | 'B' | 'x' | 'X' | 'n' | 'N', Some('\'')) => self.quoted(1, '\'', false)?,
            ('u' | 'U', Some('&')) if self.rest.get(2..3) == Some("'") => self.quoted(2, '\'', false)?,
            ('u' | 'U', Some('&')) if self.rest.get(2..3) == Some("\"") => self.quoted(2, '"', false)?,
            ('$', _) => self.dollar()?,
            (';', _) => self.skip(1, Token::Semicolon),
            ('\\', _) => self.skip(1, Token::Backslash),
            (c, _) if starts_word(c) => {
                let end = self.rest.find(|c| !continues_word(c)).unwrap_or(self.rest.len());
                Token::Word(self.take(end))
            }
            (c, _) if c.is_ascii_digit() => {
                // A parameter or number may run into letters; what follows is never a quote of its own kind.
                let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
                self.skip(end, Token::Other)
            }
            (c, _) => self.skip(c.len_utf8(), Token::Other),
        }))
    }

    fn skip(&mut self, bytes: usize, token: Token<'a>) -> Token<'a> {
        self.take(bytes);
        token
    }

    /// `/* … */`, which nest.
    fn comment(&mut self) -> Result<Token<'a>, Refusal> {
        let line = self.line;
        let mut depth = 0usize;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    return Ok(Token::Space);
                }
            } else {
                let Some(c) = self.rest.chars().next() else {
                    return Err(Refusal::Unterminated { line, what: "a comment" });
                };
                self.take(c.len_utf8());
            }
        }
    }

    /// A quote behind `prefix` bytes; doubled it stands for itself, with `escapes` also behind a backslash.
    fn quoted(&mut self, prefix: usize, quote: char, escapes: bool) -> Result<Token<'a>, Refusal> {
        let line = self.line;
        self.take(prefix + 1);
        loop {
            let what = if quote == '"' { "a quoted name" } else { "a string" };
            let Some(c) = self.rest.chars().next() else { return Err(Refusal::Unterminated { line, what }) };
            self.take(c.len_utf8());
            if c == '\\' && escapes {
                let behind = self.rest.chars().next().map_or(0, char::len_utf8);
                self.take(behind);
            } else if c == quote {
                if !self.rest.starts_with(quote) {
                    return Ok(Token::Quoted);
                }
                self.take(1);
            }
        }
    }

    /// `$tag$ … $tag$`, or a lone dollar.
    fn dollar(&mut self) -> Result<Token<'a>, Refusal> {
        let line = self.line;
        let body = self.rest.get(1..).unwrap_or_default();
        let length = body.find('$').filter(|end| {
            let tag = body.get(..*end).unwrap_or_default();
            tag.chars().next().is_none_or(starts_word) && tag.chars().all(|c| c != '$' && continues_word(c))
        });
        let Some(length) = length else { return Ok(self.skip(1, Token::Other)) };
        let tag = self.take(length + 2);
        let Some(end) = self.rest.find(tag) else { return Err(Refusal::Unterminated { line, what: "a dollar quote" }) };
        Ok(self.skip(end + tag.len(), Token::Quoted))
    }
}

fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn continues_word(c: char) -> bool {
    starts_word(c) || c.is_ascii_digit() || c == '$'
}

/// How deep we are in `BEGIN ATOMIC … END`, where a semicolon ends nothing; `CASE … END` inside it counts too.
#[derive(Default)]
struct Atomic {
    depth: usize,
    begin: bool,
}

impl Atomic {
    fn see(&mut self, token: Token<'_>) {
        let Token::Word(word) = token else {
            self.begin = false;
            return;
        };
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if self.begin && is("ATOMIC") || self.depth > 0 && is("CASE") {
            self.depth += 1;
        } else if self.depth > 0 && is("END") {
            self.depth -= 1;
        }
        self.begin = is("BEGIN");
    }
}
